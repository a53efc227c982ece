package main

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/natslog/test/servers"
)

func TestMain(m *testing.M) {
	servers.Main()
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), 500*time.Millisecond, &out)
	require.NoError(t, err, "%s", out.String())
	require.Regexp(t, `(?s)`+
		`contactsd 3 had her \d+ ms later\n`+
		`[1-9]\d* writes confirmed\. kill -9 of NATS server [123], the leader of the log\n`+
		` +writes continue after \d+\.\d s, under a new leader\n`+
		`.* +contactsd 2 is back after \d+ ms, with all contacts\n`+
		`[1-9]\d* writes confirmed, \d+ failed\n`+
		`( +contactsd [123] has [1-9]\d* contacts: 0 lost, 0 doubled\n){3}$`, out.String())
}
