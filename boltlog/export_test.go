package boltlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Disk is what this package asks of the file system, for tests to replace.
type Disk = disk

// File is a file that this package writes.
type File = file

// OSDisk is the disk of the operating system.
type OSDisk = osDisk

// OnDisk returns the options with another disk.
func (o Options) OnDisk(d Disk) *Options {
	o.disk = d
	return &o
}

// WithVersion returns a file with another version in its header.
func WithVersion(file []byte, v uint32) []byte {
	file = bytes.Clone(file)
	for _, magic := range []string{logMagic, snapshotMagic} {
		for from := 0; ; {
			i := bytes.Index(file[from:], []byte(magic))
			if i < 0 {
				break
			}
			h := file[from+i:][:headerSize]
			binary.LittleEndian.PutUint32(h[8:], v)
			binary.LittleEndian.PutUint32(h[headerSize-4:], crc32.Checksum(h[:headerSize-4], castagnoli))
			from += i + headerSize
		}
	}
	return file
}
