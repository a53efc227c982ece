package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/contactsdb/contacts"
)

// progress is a line on a terminal that is overwritten at each update. The zero value shows nothing.
type progress struct {
	terminal io.Writer
	now      func() time.Time
	start    time.Time
	read     atomic.Int64 // bytes of the file
	size     int64        // of the file, 0 if unknown
}

// showProgress returns a line on stderr if that is a terminal, and otherwise one that shows nothing.
func showProgress(stderr io.Writer) *progress {
	if f, ok := stderr.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &progress{terminal: f, now: time.Now, start: time.Now()}
		}
	}
	return &progress{}
}

// reading returns a reader of the file that counts the bytes.
func (p *progress) reading(file io.Reader) io.Reader {
	if f, ok := file.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			p.size = info.Size()
		}
	}
	return io.TeeReader(file, byteCounter{&p.read})
}

type byteCounter struct{ n *atomic.Int64 }

func (c byteCounter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

// rows shows how many rows are done, how fast, and how long the others will take if they are as fast.
func (p *progress) rows(at contacts.ImportProgress) {
	if p.terminal == nil {
		return
	}
	spent := p.now().Sub(p.start)
	text := fmt.Sprintf("%d rows", at.Rows)
	if spent > 0 {
		text += fmt.Sprintf(", %.0f rows/s", float64(at.Rows)/spent.Seconds())
	}
	if read := p.read.Load(); 0 < read && read < p.size {
		left := time.Duration(float64(spent) * float64(p.size-read) / float64(read))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	fmt.Fprintf(p.terminal, "\r%s\x1b[K", text)
}

func (p *progress) done() {
	if p.terminal != nil {
		fmt.Fprint(p.terminal, "\r\x1b[K")
	}
}
