package entry

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Repaired returns the data with the magic, length and checksum of an entry, if it is long enough for them.
func Repaired(data []byte) []byte {
	data = bytes.Clone(data)
	if len(data) < len(magic)+12+sumSize {
		return data
	}
	copy(data, magic)
	binary.LittleEndian.PutUint64(data[8:], uint64(len(data)))
	end := len(data) - sumSize
	binary.LittleEndian.PutUint32(data[end:], crc32.Checksum(data[:end], castagnoli))
	return data
}

// WithVersion returns a whole entry of another version and size.
func WithVersion(sealed []byte, v uint32, size int) []byte {
	data := append(bytes.Clone(sealed), make([]byte, max(0, size-len(sealed)))...)[:size]
	binary.LittleEndian.PutUint32(data[4:], v)
	return Repaired(data)
}

// WithHeader returns a whole entry with a header that Seal may refuse.
func WithHeader(h Header) []byte {
	data := Seal(nil, Header{First: 1, Count: 1, Part: 1, Parts: 1}, nil)
	binary.LittleEndian.PutUint64(data[40:], h.First)
	binary.LittleEndian.PutUint32(data[48:], h.Count)
	binary.LittleEndian.PutUint32(data[52:], h.Part)
	binary.LittleEndian.PutUint32(data[56:], h.Parts)
	return Repaired(data)
}
