//go:build !unix

package atomicfile

// directory is a directory that cannot be synced on this system.
type directory struct{}

func openDir(string) (directory, error) { return directory{}, nil }

func (directory) Sync() error  { return nil }
func (directory) Close() error { return nil }
