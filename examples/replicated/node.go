package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/contactsdb/contacts/httpclient"
)

// build builds the contactsd that has a client of NATS.
func build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, "contactsd")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/contactsdb/contacts/natslog/contactsd")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return program, nil
}

// node is one contactsd.
type node struct {
	program, nats string
	errors        string // the file for its log
	url           string
	client        *httpclient.Client
	cmd           *exec.Cmd // nil while it does not run
}

// start starts the program, and returns when it is ready. Its address stays the same.
func (n *node) start() error {
	addr := strings.TrimPrefix(n.url, "http://")
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	log, err := os.OpenFile(n.errors, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(n.program, "-nats", n.nats, "-site", "demo", "-addr", addr)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	n.cmd = cmd
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		n.kill()
		text, _ := os.ReadFile(n.errors)
		return fmt.Errorf("contactsd does not start: %w\n%s", err, text)
	}
	n.url = strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	n.client, err = httpclient.New(n.url, nil)
	return err
}

// kill ends the program at once.
func (n *node) kill() {
	if n.cmd != nil {
		n.cmd.Process.Kill()
		n.cmd.Wait() // its error is that it was killed
		n.cmd = nil
	}
}

// ready reports whether the program has all commits of the log, as it knows.
func (n *node) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/readyz", nil)
	if err != nil {
		return false
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}
