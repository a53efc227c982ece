//go:build !unix

package atomicfile

// directory is where a file has its name. Here the system gives no way to make the names in it last.
type directory struct{}

func openDir(string) (directory, error) { return directory{}, nil }

func (directory) Sync() error  { return nil }
func (directory) Close() error { return nil }
