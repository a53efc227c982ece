package boltlog

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
