package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
)

var errNotJSON = errors.New("not valid JSON")

// readJSONL reads JSON Lines: on each line the info object of a contact, in the shape of the API. Blank lines are
// skipped.
func readJSONL(r io.Reader) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		lines := bufio.NewReader(r)
		for n := 1; ; n++ {
			text, readErr := lines.ReadBytes('\n')
			if readErr != nil && readErr != io.EOF {
				yield(row{}, readErr)
				return
			}
			if text = bytes.TrimSpace(text); len(text) > 0 && !yield(parseJSONL(n, text)) {
				return
			}
			if readErr == io.EOF {
				return
			}
		}
	}
}

func parseJSONL(line int, text []byte) (row, error) {
	r := row{line: line}
	if err := json.Unmarshal(text, &r.info); err != nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			err = errNotJSON // the message of the package quotes the text
		}
		return row{}, &lineError{line, err}
	}
	return r, nil
}
