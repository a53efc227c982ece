package boltlog

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
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

// RepairMeta returns a file with the checksums of meta pages, if it is long enough for them.
func RepairMeta(file []byte) []byte {
	file = bytes.Clone(file)
	if len(file) < 2*minPageSize {
		return file
	}
	pageSize := min(max(minPageSize, binary.NativeEndian.Uint32(file[pageHeader+8:])), uint32(len(file)/2))
	for _, page := range [][]byte{file, file[pageSize:]} {
		m := page[pageHeader:][:metaSize]
		sum := fnv.New64a()
		sum.Write(m[:metaSize-8])
		binary.NativeEndian.PutUint64(m[metaSize-8:], sum.Sum64())
	}
	return file
}

// CountPairs reads all keys and values of a log file.
func CountPairs(file []byte) (n int, err error) {
	b, err := newBoltFile("file", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return 0, err
	}
	for _, err := range b.pairs(0) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
