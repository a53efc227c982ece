package test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog"
)

// Two stores, which could be on two machines, are one.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "nats")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := server.NewServer(&server.Options{ // elsewhere: nats.Connect("nats://a,nats://b,nats://c", …)
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, SyncAlways: true, NoLog: true,
		NoSigs: true,
	})
	if err != nil {
		panic(err)
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(time.Minute) {
		panic("the server does not start")
	}
	nc, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(-1))
	if err != nil {
		panic(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		panic(err)
	}

	opts := &natslog.Options{Log: "site-1", Create: true, Replicas: 1} // one server in this example
	first, err := natslog.OpenStore(ctx, js, opts, nil)
	if err != nil {
		panic(err)
	}
	defer first.Close()
	second, err := natslog.OpenStore(ctx, js, opts, nil)
	if err != nil {
		panic(err)
	}
	defer second.Close()

	ada := contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}
	if _, err := first.Create(ctx, ada, nil); err != nil {
		panic(err)
	}
	_, err = second.Create(ctx, ada, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output: DUPLICATE_CONTACT_EXISTS
}
