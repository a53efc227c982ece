module github.com/contactsdb/contacts/natslog

go 1.26.0

// The server is needed by tests only. It and its dependencies would be in the module graph of everyone who uses this
// module, so the tests are a module of their own, in the directory test.
require (
	github.com/contactsdb/contacts v0.0.0
	github.com/nats-io/nats.go v1.55.0
)

require github.com/nats-io/nuid v1.0.1 // indirect

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/go-immutable-radix v1.3.1 // indirect
	github.com/hashicorp/go-memdb v1.3.5 // indirect
	github.com/hashicorp/golang-lru v0.5.4 // indirect
	github.com/klauspost/compress v1.20.0 // indirect
	github.com/nats-io/nkeys v0.4.16 // indirect
	github.com/nyaruka/phonenumbers/v2 v2.0.8 // indirect
	golang.org/x/crypto v0.57.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
	golang.org/x/text v0.44.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/contactsdb/contacts => ../
