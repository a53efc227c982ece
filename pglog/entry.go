package pglog

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/contactsdb/contacts"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the checksum of a row: of its two numbers, eight bytes each, little-endian, and its data.
func checksum(a, b uint64, data []byte) int64 {
	var numbers [16]byte
	binary.LittleEndian.PutUint64(numbers[:], a)
	binary.LittleEndian.PutUint64(numbers[8:], b)
	return int64(crc32.Update(crc32.Checksum(numbers[:], castagnoli), castagnoli, data))
}

// entry is a row of an entry.
type entry struct {
	seq, after contacts.Seq
	crc        int64
	data       []byte
}

// check returns an error with LOG_CORRUPT if the row is not as it was added.
func (e *entry) check() error {
	if e.crc != checksum(uint64(e.seq), uint64(e.after), e.data) {
		return corrupt(e.seq, "the entry has a wrong checksum")
	}
	return nil
}

func corrupt(seq contacts.Seq, reason string) error {
	return &contacts.CorruptError{Offset: -1, Seq: seq, Reason: reason}
}
