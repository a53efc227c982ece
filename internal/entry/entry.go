// Package entry seals the entries of a log. Commits are collected in a batch, and a batch is one entry, or several if
// it is too long for one. Each entry proves by itself that it is whole, to which store it belongs, which entry it was
// meant to follow, and which history led to it.
//
// An entry has these parts; integers are little-endian:
//
//	offset  bytes
//	     0      4  magic: "cEN1"
//	     4      4  version of the format: 1
//	     8      8  length of the whole entry
//	    16     16  ID of the store
//	    32      8  place of the entry that this one was appended behind
//	    40      8  number of the first commit of the batch
//	    48      4  count of commits of the batch
//	    52      4  number of the part, from 1
//	    56      4  count of parts of the batch
//	    60     16  random ID of the batch
//	    76     32  chain: hash of the history before the batch
//	   108      …  this part of the body of the batch
//	   end-4    4  CRC-32C of everything before it
//
// Every version keeps magic, version, length and checksum where they are, so that a reader can tell an entry of a later
// version from a damaged one. A CRC-32C detects every flipped bit and every run of damage of at most 32 bits; other
// damage is missed once in 2^32 times, and is then still unlikely to fit the chain.
//
// The body of a batch is its commits, each behind its length as a uvarint in the shortest form.
package entry

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

const (
	version = 1

	magic = "cEN1"

	headerSize = 108
	sumSize    = 4

	// Overhead is the number of bytes of an entry in addition to its part of the body.
	Overhead = headerSize + sumSize
)

// The kinds of errors. Errors wrap one of them.
var (
	// ErrDamaged: the data is not a whole, unchanged entry or batch.
	ErrDamaged = errors.New("damaged")
	// ErrVersion: the entry is whole, but of a later version.
	ErrVersion = errors.New("written in a later format")
)

// damage is an error that wraps ErrDamaged and names the reason.
type damage string

func (d damage) Error() string { return "damaged entry: " + string(d) }

func (damage) Unwrap() error { return ErrDamaged }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Hash is a hash of a history: of all commits up to some number. Stores that began equal, have the same number of
// commits and the same hash are equal.
type Hash [sha256.Size]byte

// Header is what an entry says about itself.
type Header struct {
	Store  [16]byte // ID of the store
	After  uint64   // place of the entry that this one was appended behind
	First  uint64   // number of the first commit of the batch
	Count  uint32   // of commits of the batch, at least 1
	Part   uint32   // from 1
	Parts  uint32   // at least 1
	Batch  [16]byte // random ID, the same in all parts
	Before Hash     // of the history before the batch
}

// Seal appends an entry with this header and part of a body to dst. It panics for a header that Open would refuse.
func Seal(dst []byte, h Header, part []byte) []byte {
	if reason := h.fault(); reason != "" {
		panic("entry: " + string(reason))
	}
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint32(dst, version)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(Overhead+len(part)))
	dst = append(dst, h.Store[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, h.After)
	dst = binary.LittleEndian.AppendUint64(dst, h.First)
	dst = binary.LittleEndian.AppendUint32(dst, h.Count)
	dst = binary.LittleEndian.AppendUint32(dst, h.Part)
	dst = binary.LittleEndian.AppendUint32(dst, h.Parts)
	dst = append(dst, h.Batch[:]...)
	dst = append(dst, h.Before[:]...)
	dst = append(dst, part...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// Open returns the header of an entry and its part of the body, which is a part of data.
//
// Errors: ErrDamaged, ErrVersion.
func Open(data []byte) (Header, []byte, error) {
	if len(data) < len(magic)+12+sumSize {
		return Header{}, nil, damage("too short")
	}
	end := len(data) - sumSize
	if crc32.Checksum(data[:end], castagnoli) != binary.LittleEndian.Uint32(data[end:]) {
		return Header{}, nil, damage("wrong checksum")
	}
	if string(data[:len(magic)]) != magic {
		return Header{}, nil, damage("not an entry")
	}
	if binary.LittleEndian.Uint64(data[8:]) != uint64(len(data)) {
		return Header{}, nil, damage("wrong length")
	}
	switch v := binary.LittleEndian.Uint32(data[4:]); {
	case v > version:
		return Header{}, nil, ErrVersion
	case v < version:
		return Header{}, nil, damage("no such version")
	case len(data) < Overhead:
		return Header{}, nil, damage("too short")
	}
	h := Header{
		Store:  [16]byte(data[16:]),
		After:  binary.LittleEndian.Uint64(data[32:]),
		First:  binary.LittleEndian.Uint64(data[40:]),
		Count:  binary.LittleEndian.Uint32(data[48:]),
		Part:   binary.LittleEndian.Uint32(data[52:]),
		Parts:  binary.LittleEndian.Uint32(data[56:]),
		Batch:  [16]byte(data[60:]),
		Before: Hash(data[76:]),
	}
	if reason := h.fault(); reason != "" {
		return Header{}, nil, reason
	}
	return h, data[headerSize:end], nil
}

// fault returns why no entry has this header, or "".
func (h *Header) fault() damage {
	switch {
	case h.First == 0 || h.First+uint64(h.Count) < h.First:
		return "wrong number of the first commit"
	case h.Count == 0:
		return "no commits"
	case h.Part == 0 || h.Part > h.Parts:
		return "wrong number of the part"
	}
	return ""
}

// Last returns the number of the last commit of the batch.
func (h *Header) Last() uint64 { return h.First + uint64(h.Count) - 1 }

// AppendCommit appends a commit to the body of a batch.
func AppendCommit(body, commit []byte) []byte {
	return append(binary.AppendUvarint(body, uint64(len(commit))), commit...)
}

// Commits returns the commits in the body of a batch. They share its memory. Their number must be count.
//
// Errors: ErrDamaged.
func Commits(body []byte, count uint32) ([][]byte, error) {
	if uint64(count) > uint64(len(body)) { // each has at least its length, so no more memory is reserved than that
		return nil, damage("commits are missing")
	}
	commits := make([][]byte, 0, count)
	for len(body) > 0 {
		size, n := binary.Uvarint(body)
		if n <= 0 || n > 1 && body[n-1] == 0 || size > uint64(len(body)-n) {
			return nil, damage("wrong length of a commit")
		}
		end := n + int(size)
		commits = append(commits, body[n:end:end])
		body = body[end:]
	}
	if uint64(len(commits)) != uint64(count) {
		return nil, damage("wrong count of commits")
	}
	return commits, nil
}

// Next returns the hash of the history after one more commit. It does not depend on how commits were spread over
// batches, parts and entries.
func Next(before Hash, commit []byte) Hash {
	sum := sha256.New()
	sum.Write(before[:])
	sum.Write(commit)
	return Hash(sum.Sum(nil))
}

// Parts returns the number of entries of at most maxEntry bytes that a body of size bytes needs, and the greatest
// length of a part of it. It panics if maxEntry leaves no room.
func Parts(size, maxEntry int) (parts uint32, each int) {
	each = maxEntry - Overhead
	if each <= 0 {
		panic("entry: no room for a part")
	}
	return uint32(max(1, (size+each-1)/each)), each
}

// Batch is a batch all of whose entries were read.
type Batch struct {
	Header        // of the last part
	Body   []byte // valid until the next call of Joiner.Add
}

// Joiner joins the entries of a log to batches. A batch whose last part never came, because its writer stopped, has no
// effect: the entry of another batch that follows replaces it. The same holds for an entry that was not meant to follow
// the one before it, which a log with several writers can contain. The zero value is ready for use at the beginning of
// a log.
type Joiner struct {
	after uint64 // place of the entry before
	open  Header // of the last part that was added; Part is 0 if no batch is open
	body  []byte
}

// Reset prepares the joiner for the entry that follows the one at after, which is the last one of a batch.
func (j *Joiner) Reset(after uint64) { *j = Joiner{after: after, body: j.body[:0]} }

// Add adds the next entry of the log, which is at place at, and returns the batch that it completes, or nil. The caller
// compares Store, First and Before of the batch with its own: the joiner accepts every value.
//
// Errors: ErrDamaged, ErrVersion; then Add changed nothing.
func (j *Joiner) Add(at uint64, data []byte) (*Batch, error) {
	h, part, err := Open(data)
	if err != nil {
		return nil, err
	}
	after := j.after
	j.after = at
	if h.After != after || h.Part != 1 && !j.continues(h) {
		j.open = Header{}
		return nil, nil
	}
	if h.Part == 1 {
		j.body = j.body[:0]
	}
	j.open, j.body = h, append(j.body, part...)
	if h.Part < h.Parts {
		return nil, nil
	}
	j.open = Header{}
	return &Batch{Header: h, Body: j.body}, nil
}

// continues reports whether a part is the next one of the open batch.
func (j *Joiner) continues(h Header) bool {
	next := j.open
	next.After, next.Part = h.After, next.Part+1
	return j.open.Part != 0 && next == h
}
