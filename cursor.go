package contacts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// cursor says where a page of a query begins.
type cursor struct {
	query     []byte // see Snapshot.queryText
	at        *spot  // behind this one; nil: at the beginning, or if it goes backwards at the end
	backwards bool
}

// sealer makes text of cursors that gives nothing away, since they hold values of contacts and travel in addresses of web
// pages and in logs, and that nobody else can make.
type sealer struct {
	key  [32]byte
	aead cipher.AEAD
}

func newSealer(key [32]byte) *sealer {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("contacts: cursors: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("contacts: cursors: " + err.Error())
	}
	return &sealer{key: key, aead: aead}
}

const (
	cursorBackwards = 1 << iota
	cursorBehind    // a spot
	cursorValued
)

const cursorSize = 1 + placeSize + numberSize // without the text

// seal returns the text of a cursor, "" for none: equal ones have equal texts. Only with the same query does it open again.
func (s *sealer) seal(c *cursor) string {
	if c == nil {
		return ""
	}
	var flags byte
	if c.backwards {
		flags |= cursorBackwards
	}
	at := spot{row: &record{}}
	if c.at != nil {
		at = *c.at
		flags |= cursorBehind
	}
	if at.valued {
		flags |= cursorValued
	}
	plain := at.row.order.appendTo([]byte{flags})
	plain = appendNumber(plain, at.key.number)
	plain = append(plain, at.key.text...)

	// A nonce must not serve for two texts, so it is made from all that is sealed.
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write(appendNumber(nil, uint64(len(c.query))))
	mac.Write(c.query)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, c.query))
}

// open reads a cursor that was made for a query.
func (s *sealer) open(text string, query []byte) (cursor, error) {
	v := Violation{Field: "paging.cursor", Rule: RuleCustom, RuleName: RuleNameCursor}
	refused := &Error{Code: ErrInvalid, Violations: []Violation{v}}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	// Decoding passes over line ends, and over bits at the end that stand for nothing.
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != text || len(sealed) < s.aead.NonceSize() {
		return cursor{}, refused
	}
	nonce, sealed := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, sealed, query)
	if err != nil || len(plain) < cursorSize {
		return cursor{}, refused
	}
	c := cursor{query: query, backwards: plain[0]&cursorBackwards != 0}
	if plain[0]&cursorBehind != 0 {
		c.at = &spot{
			valued: plain[0]&cursorValued != 0,
			row:    &record{order: placeFrom(plain[1:])},
			key:    sortKey{number: numberFrom(plain[1+placeSize:]), text: string(plain[cursorSize:])},
		}
	}
	return c, nil
}
