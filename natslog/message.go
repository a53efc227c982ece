package natslog

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/contactsdb/contacts"
)

// Every message of a log has these parts; integers are little-endian:
//
//	offset  bytes
//	     0      4  magic and version: "cNL1"
//	     4      8  sequence number of the message of the subject before this one, 0 for the first
//	    12      4  CRC-32C of everything else
//	    16      …  data
//
// Later versions keep the first three bytes of the magic.
const (
	magic    = "cNL1"
	family   = "cNL"
	sealSize = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// message is a message of a log that was read and checked.
type message struct {
	seq   uint64
	after uint64 // the sequence number of the one before, as the message says
	data  []byte
}

// seal returns the text of a message.
func seal(after uint64, data []byte) []byte {
	text := make([]byte, sealSize, sealSize+len(data))
	copy(text, magic)
	binary.LittleEndian.PutUint64(text[4:], after)
	text = append(text, data...)
	binary.LittleEndian.PutUint32(text[12:], sum(text))
	return text
}

func sum(text []byte) uint32 {
	return crc32.Update(crc32.Checksum(text[:12], castagnoli), castagnoli, text[sealSize:])
}

// unseal checks the text of a message. Its data is a part of text.
//
// Errors: LOG_CORRUPT, LOG_FORMAT.
func unseal(seq uint64, text []byte) (message, error) {
	switch {
	case len(text) < sealSize || string(text[:len(family)]) != family:
		return message{}, corrupt(seq, "the message is not of a log")
	case text[3] != magic[3]:
		return message{}, contacts.ErrLogFormat
	case sum(text) != binary.LittleEndian.Uint32(text[12:]):
		return message{}, corrupt(seq, "the message has a wrong checksum")
	}
	return message{seq: seq, after: binary.LittleEndian.Uint64(text[4:]), data: text[sealSize:]}, nil
}

func corrupt(seq uint64, reason string) error {
	return &contacts.CorruptError{Offset: -1, Seq: contacts.Seq(seq), Reason: reason}
}
