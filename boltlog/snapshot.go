package boltlog

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/contactsdb/contacts"
)

// A snapshot file is a header and the contents in chunks. A chunk is its length as uint32, a CRC-32C as uint32, both
// little-endian, and its bytes. The checksum covers ID and generation of the header, the number of the chunk and its
// length, so no chunk can be replaced with another one. A chunk of length 0 is the end of the file.
const chunkSize = 1 << 16

const chunkHeader = 8

// chunkSum returns the checksum of a chunk.
func (h header) chunkSum(number uint64, data []byte) uint32 {
	var where [20]byte
	binary.LittleEndian.PutUint64(where[:], h.generation)
	binary.LittleEndian.PutUint64(where[8:], number)
	binary.LittleEndian.PutUint32(where[16:], uint32(len(data)))
	sum := crc32.Update(crc32.Checksum(h.log[:], castagnoli), castagnoli, where[:])
	return crc32.Update(sum, castagnoli, data)
}

// chunkWriter writes chunks. After an error it writes nothing.
type chunkWriter struct {
	w      io.Writer
	h      header
	number uint64
	chunk  []byte // room for a chunk header, then bytes that are not yet written
	err    error
}

func newChunkWriter(w io.Writer, h header) *chunkWriter {
	c := &chunkWriter{w: w, h: h, chunk: make([]byte, chunkHeader, chunkHeader+chunkSize)}
	_, c.err = w.Write(h.encode(snapshotMagic))
	return c
}

// Write adds contents.
func (c *chunkWriter) Write(p []byte) (int, error) {
	written := 0
	for c.err == nil && len(p) > 0 {
		n := min(len(p), cap(c.chunk)-len(c.chunk))
		c.chunk = append(c.chunk, p[:n]...)
		p = p[n:]
		written += n
		if len(c.chunk) == cap(c.chunk) {
			c.flush()
		}
	}
	return written, c.err
}

// flush writes a chunk with what there is.
func (c *chunkWriter) flush() {
	data := c.chunk[chunkHeader:]
	binary.LittleEndian.PutUint32(c.chunk, uint32(len(data)))
	binary.LittleEndian.PutUint32(c.chunk[4:], c.h.chunkSum(c.number, data))
	if c.err == nil {
		_, c.err = c.w.Write(c.chunk)
	}
	c.number++
	c.chunk = c.chunk[:chunkHeader]
}

// finish writes what is left, and the end.
func (c *chunkWriter) finish() error {
	if len(c.chunk) > chunkHeader {
		c.flush()
	}
	c.flush()
	return c.err
}

// snapshotReader reads the contents of a snapshot file. It returns no byte before it has verified it, and io.EOF only
// for the end that was written.
type snapshotReader struct {
	name   string
	f      *os.File
	r      *bufio.Reader
	h      header
	number uint64
	offset int64  // of the next chunk
	chunk  []byte // verified, not yet returned
	buffer []byte
	err    error
}

// openSnapshot opens the snapshot file name, which may still have another path, and reads its header.
func openSnapshot(path, name string) (*snapshotReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("boltlog: %w", err)
	}
	s := &snapshotReader{name: name, f: f, r: bufio.NewReaderSize(f, chunkSize), offset: headerSize}
	if s.h, err = readHeader(s.r, name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// readHeader reads the header of a snapshot file.
func readHeader(r io.Reader, name string) (header, error) {
	var b [headerSize]byte
	n, err := io.ReadFull(r, b[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return header{}, fmt.Errorf("boltlog: %w", err)
	}
	h, err := decodeHeader(snapshotMagic, b[:n])
	if err != nil {
		return header{}, inFile(name, 0, 0, err)
	}
	if name != snapshotName(h.generation) {
		return header{}, inFile(name, 0, 0, reason("the file has the name of another one"))
	}
	return h, nil
}

// inFile adds the place to an error of decodeHeader.
func inFile(name string, offset int64, seq contacts.Seq, err error) error {
	if r, ok := errors.AsType[reason](err); ok {
		return &contacts.CorruptError{File: name, Offset: offset, Seq: seq, Reason: string(r)}
	}
	return fmt.Errorf("boltlog: file %s: %w", name, err)
}

// Read reads contents.
func (s *snapshotReader) Read(p []byte) (int, error) {
	if len(s.chunk) == 0 && s.err == nil && len(p) > 0 {
		s.chunk, s.err = s.next()
	}
	if len(s.chunk) == 0 {
		return 0, s.err
	}
	n := copy(p, s.chunk)
	s.chunk = s.chunk[n:]
	return n, nil
}

// next reads and verifies a chunk.
func (s *snapshotReader) next() ([]byte, error) {
	var head [chunkHeader]byte
	if err := s.full(head[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > chunkSize {
		return nil, s.corrupt("a chunk has a wrong length")
	}
	if s.buffer == nil {
		s.buffer = make([]byte, chunkSize)
	}
	data := s.buffer[:size]
	if err := s.full(data); err != nil {
		return nil, err
	}
	if s.h.chunkSum(s.number, data) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, s.corrupt("a chunk has a wrong checksum")
	}
	s.number++
	s.offset += chunkHeader + int64(size)
	if size > 0 {
		return data, nil
	}
	if _, err := s.r.ReadByte(); err == nil {
		return nil, s.corrupt("there are bytes after the end")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("boltlog: %w", err)
	}
	return nil, io.EOF
}

// full reads bytes that must exist.
func (s *snapshotReader) full(p []byte) error {
	_, err := io.ReadFull(s.r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return s.corrupt("the file is cut off")
	}
	if err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	return nil
}

func (s *snapshotReader) corrupt(reason string) error {
	return &contacts.CorruptError{File: s.name, Offset: s.offset, Seq: s.h.at, Reason: reason}
}

// Close closes the file.
func (s *snapshotReader) Close() error { return s.f.Close() }

// verifySnapshot reads the snapshot file name, which may still have another path, to its end.
func verifySnapshot(path, name string, want header) (err error) {
	s, err := openSnapshot(path, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.h != want {
		return s.corrupt("the header is not the one that was written")
	}
	_, err = io.Copy(io.Discard, s)
	return err
}
