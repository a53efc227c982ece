// Package brief keeps messages short that could list millions of things.
package brief

import "strings"

const most = 20

// List says item of each of n things, or of the first 20 and that there are more, with a separator between them.
func List(n int, separator string, item func(i int) string) string {
	var b strings.Builder
	for i := range min(n, most) {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(item(i))
	}
	if n > most {
		b.WriteString(separator)
		b.WriteString("…")
	}
	return b.String()
}
