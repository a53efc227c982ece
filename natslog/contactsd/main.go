// Command contactsd is the program of the same name in github.com/contactsdb/contacts/cmd/contactsd, with -nats:
// several programs with the same -site serve one store, which they keep in a stream of NATS JetStream. It is a module
// of its own so that no one else needs the client of NATS. In a clone of the repository:
//
//	go build -C natslog/contactsd -o ../../contactsd-nats .
//	contactsd-nats -nats nats://a.example,nats://b.example,nats://c.example -site people
//
// The stream is contacts, and the log in it has the name of the site: see package natslog, also for the settings of the
// servers.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts/internal/daemon"
	"github.com/contactsdb/contacts/natslog"
)

func main() { daemon.Main(open) }

// open opens the log of a site, on a connection of its own.
func open(ctx context.Context, o daemon.NATS) (daemon.SharedLog, error) {
	opts := []nats.Option{
		nats.Name("contactsd"), nats.MaxReconnects(-1), nats.ReconnectWait(500 * time.Millisecond),
	}
	if o.Creds != "" {
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	conn, err := nats.Connect(o.URL, opts...)
	if _, ok := errors.AsType[*url.Error](err); ok { // shows the URL, which can have a password
		return nil, errors.New("connect: -nats has a URL that cannot be parsed")
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	log, err := natslog.Open(ctx, js, &natslog.Options{Log: o.Site, Create: true, Replicas: o.Replicas})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &connected{log, conn}, nil
}

// connected is a log that owns its connection.
type connected struct {
	*natslog.Log
	conn *nats.Conn
}

// Close closes the log, then the connection.
func (c *connected) Close() error {
	defer c.conn.Close()
	return c.Log.Close()
}
