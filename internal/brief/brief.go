// Package brief shortens messages that could list millions of items.
package brief

import "strings"

const most = 20

// List joins the texts of n items with a separator. It lists the first 20, followed by "…" if there are more.
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
