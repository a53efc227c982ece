// Package seal turns bytes into text that reveals nothing about them and that no one without the key can make. A sealed
// text opens only in the context that it was sealed for.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Sealer seals and opens texts with one key. It is safe for concurrent use.
type Sealer struct {
	key  [32]byte
	aead cipher.AEAD
}

// New returns a sealer.
func New(key [32]byte) *Sealer {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("seal: " + err.Error()) // only for another size of key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error()) // only for another size of block
	}
	return &Sealer{key: key, aead: aead}
}

// Seal returns the text for plain in a context, in the URL-safe alphabet of base64. Equal arguments give equal texts.
func (s *Sealer) Seal(plain, context []byte) string {
	// A nonce must never serve for two different messages, so it is derived from all that is sealed.
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(context))))
	mac.Write(context)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, context))
}

// Open returns the bytes that were sealed in a text for this context. It reports false for every other text.
func (s *Sealer) Open(text string, context []byte) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	// Decoding skips line breaks, and ignores unused bits at the end: compare, so that there is one text only.
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != text || len(sealed) < s.aead.NonceSize() {
		return nil, false
	}
	nonce, sealed := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, sealed, context)
	return plain, err == nil
}
