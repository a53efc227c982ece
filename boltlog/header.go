package boltlog

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/contactsdb/contacts"
)

// version is that of the format of log files and snapshot files.
const version = 1

// Magics are the first bytes of headers. The bytes after the name reveal files that were transferred as text.
const (
	logMagic      = "CTLOG\r\n\x1a"
	snapshotMagic = "CTSNP\r\n\x1a"
)

// header begins a log file, as the value of the key 0, and a snapshot file. It has these parts; integers are
// little-endian:
//
//	offset  bytes
//	     0      8  magic
//	     8      4  version of the format
//	    12     16  random ID of the log, the same in all of its files
//	    28      8  generation, as in the name of the file
//	    36      8  place: of the entry before the first one of the file, or that the snapshot is of
//	    44      4  CRC-32C of everything before it
//
// Later versions keep the magic, the version, and a checksum at offset 44.
type header struct {
	log        [16]byte
	generation uint64
	at         contacts.Seq
}

const headerSize = 48

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (h header) encode(magic string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), version)
	b = append(b, h.log[:]...)
	b = binary.LittleEndian.AppendUint64(b, h.generation)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.at))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeHeader returns the header at the beginning of b. The error is ErrLogFormat or a reason for a CorruptError.
func decodeHeader(magic string, b []byte) (header, error) {
	if len(b) < headerSize {
		return header{}, reason("the header is cut off")
	}
	end := headerSize - 4
	if crc32.Checksum(b[:end], castagnoli) != binary.LittleEndian.Uint32(b[end:]) || string(b[:len(magic)]) != magic {
		return header{}, reason("the header is damaged")
	}
	switch v := binary.LittleEndian.Uint32(b[8:]); {
	case v > version:
		return header{}, contacts.ErrLogFormat
	case v < version:
		return header{}, reason("the header has no such version")
	}
	return header{
		log:        [16]byte(b[12:]),
		generation: binary.LittleEndian.Uint64(b[28:]),
		at:         contacts.Seq(binary.LittleEndian.Uint64(b[36:])),
	}, nil
}

// reason is an error without its place.
type reason string

func (r reason) Error() string { return string(r) }

// sum returns the checksum of data at a place of this file's log: neither the data of another place nor that of another
// log has it.
func (h header) sum(place uint64, data []byte) uint32 {
	var where [24]byte
	copy(where[:], h.log[:])
	binary.LittleEndian.PutUint64(where[16:], place)
	return crc32.Update(crc32.Checksum(where[:], castagnoli), castagnoli, data)
}

// sumSize is the length of the checksum before the data of an entry.
const sumSize = 4

// sealEntry appends the value of an entry in a log file to dst.
func (h header) sealEntry(dst []byte, at contacts.Seq, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, h.sum(uint64(at), data)), data...)
}

// openEntry returns the data in the value of an entry.
func (h header) openEntry(at contacts.Seq, value []byte) ([]byte, bool) {
	if len(value) < sumSize {
		return nil, false
	}
	data := value[sumSize:]
	return data, h.sum(uint64(at), data) == binary.LittleEndian.Uint32(value)
}
