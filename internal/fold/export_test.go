package fold

// PlainWithoutTable is Plain without the table of characters.
func PlainWithoutTable(s string) string { return plain(s) }
