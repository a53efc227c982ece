package words

import "unsafe"

// Size returns the bytes of memory that a clone uses, without its header.
func (r *Rows) Size() int {
	return len(r.text) + len(r.starts) + 8*len(r.joints) + int(unsafe.Sizeof(rowEnd{}))*len(r.ends)
}
