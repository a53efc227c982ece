// Package seal encrypts and authenticates bytes as text. No one without the key can read or forge a sealed text, and it
// opens only in the context for which it was sealed.
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

// New returns a sealer with a key.
func New(key [32]byte) *Sealer {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("seal: " + err.Error()) // impossible: the key has a valid size
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error()) // impossible: AES has the block size of GCM
	}
	return &Sealer{key: key, aead: aead}
}

// Seal returns the sealed text of plain for a context, in URL-safe base64. Equal arguments give equal texts.
func (s *Sealer) Seal(plain, context []byte) string {
	// A nonce must never be used for two different messages, so it is derived from the whole message and its context.
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(context))))
	mac.Write(context)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, context))
}

// Open returns the bytes of a text that was sealed for this context. It reports false for any other text.
func (s *Sealer) Open(text string, context []byte) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	// DecodeString skips line breaks and ignores unused bits at the end. Encoding again ensures that only one text is
	// valid.
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != text || len(sealed) < s.aead.NonceSize() {
		return nil, false
	}
	nonce, sealed := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	plain, err := s.aead.Open(nil, nonce, sealed, context)
	return plain, err == nil
}
