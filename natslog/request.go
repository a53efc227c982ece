package natslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
)

// Outcomes of a request that are not failures. They do not leave the package.
var (
	errNone    = errors.New("no such message")
	errRefused = errors.New("another message is the last one of the subject")
)

// failed returns the error of a call whose request failed with err. It has the code if the same call may succeed later.
func (l *Log) failed(ctx context.Context, code contacts.Code, err error) error {
	switch {
	case err == nil:
		return nil
	case l.closing.Err() != nil && code != contacts.ErrLogUnknown:
		return errClosed()
	case l.closing.Err() != nil:
		return fmt.Errorf("natslog: %w: %w", code, contacts.ErrLogClosed)
	case ctx.Err() != nil && code != contacts.ErrLogUnknown:
		return fmt.Errorf("natslog: %w", ctx.Err())
	case ctx.Err() != nil:
		return fmt.Errorf("natslog: %w: %w", code, ctx.Err())
	case contacts.CodeOf(err) == "" && temporary(err):
		return fmt.Errorf("natslog: %w: %w", code, err)
	default:
		return fmt.Errorf("natslog: %w", err)
	}
}

// temporary reports whether a request that failed with this error may succeed later. A closed connection, a missing
// permission and a missing stream are final; trouble of the network passes.
func temporary(err error) bool {
	if reply, ok := errors.AsType[*jetstream.APIError](err); ok {
		return reply.Code == 503 // no leader, or no room
	}
	return !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrAuthorization) &&
		!errors.Is(err, nats.ErrPermissionViolation) && !errors.Is(err, jetstream.ErrStreamNotFound)
}

// errorCode returns the code of an error that the server returned, or 0.
func errorCode(err error) jetstream.ErrorCode {
	if reply, ok := errors.AsType[*jetstream.APIError](err); ok {
		return reply.ErrorCode
	}
	return 0
}

// publish adds a message if the last message of subject of is at last, and returns the sequence number of the new one.
//
// Errors: errRefused, which does not prove that the message was not added: while leaders change, two servers may answer
// one request. LOG_UNAVAILABLE if the message certainly did not reach a server, LOG_UNKNOWN, LOG_TOO_LARGE.
func (l *Log) publish(ctx context.Context, msg *nats.Msg, of string, last uint64) (uint64, error) {
	switch nc := l.js.Conn(); {
	case nc.IsClosed():
		return 0, l.failed(ctx, contacts.ErrLogUnavailable, nats.ErrConnectionClosed)
	case !nc.IsConnected(): // the client would send it later, when no one expects it
		return 0, l.failed(ctx, contacts.ErrLogUnavailable, nats.ErrDisconnected)
	}
	bounded, cancel := l.bound(ctx)
	defer cancel()
	ack, err := l.js.PublishMsg(bounded, msg, jetstream.WithExpectStream(l.opts.Stream), jetstream.WithRetryAttempts(0),
		jetstream.WithExpectLastSequenceForSubject(last, of))
	if err == nil {
		return ack.Sequence, nil
	}
	switch errorCode(err) {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return 0, errRefused
	case jetstream.JSErrCodeStreamMessageExceedsMaximum:
		return 0, fmt.Errorf("natslog: %w: %w", contacts.ErrLogTooLarge, err)
	}
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return 0, fmt.Errorf("natslog: %w: %w", contacts.ErrLogTooLarge, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse) && ctx.Err() == nil: // there is no leader
		return 0, l.failed(ctx, contacts.ErrLogUnavailable, err)
	}
	return 0, l.failed(ctx, contacts.ErrLogUnknown, err)
}

// getRequest asks for a message of the stream.
type getRequest struct {
	Seq      uint64 `json:"seq,omitempty"` // of the message, or with NextFor from where to search that subject
	NextFor  string `json:"next_by_subj,omitempty"`
	LastFor  string `json:"last_by_subj,omitempty"`
	Batch    int    `json:"batch,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

// getReply is the reply to a getRequest.
type getReply struct {
	Error   *jetstream.APIError `json:"error"`
	Message *storedMessage      `json:"message"`
}

// storedMessage is a message as the server has it.
type storedMessage struct {
	Seq  uint64 `json:"seq"`
	Data []byte `json:"data"`
}

// apiPrefix returns the subject of the JetStream API up to the name of the request.
func (l *Log) apiPrefix() string {
	switch o := l.js.Options(); {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "":
		return o.APIPrefix + "."
	default:
		return jetstream.DefaultAPIPrefix
	}
}

// get asks the leader of the stream for a message. Stream.GetMsg would ask any replica, which may lag.
//
// Errors: errNone, those of the server and of the client.
func (l *Log) get(ctx context.Context, what getRequest) (storedMessage, error) {
	request, err := json.Marshal(what)
	if err != nil {
		return storedMessage{}, err
	}
	ctx, cancel := l.bound(ctx)
	defer cancel()
	reply, err := l.js.Conn().RequestWithContext(ctx, l.apiPrefix()+"STREAM.MSG.GET."+l.opts.Stream, request)
	if err != nil {
		return storedMessage{}, err
	}
	var got getReply
	switch err := json.Unmarshal(reply.Data, &got); {
	case err != nil:
		return storedMessage{}, err
	case got.Error != nil && got.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return storedMessage{}, errNone
	case got.Error != nil:
		return storedMessage{}, got.Error
	case got.Message == nil:
		return storedMessage{}, jetstream.ErrInvalidJetStreamResponse
	}
	return *got.Message, nil
}

// next returns the first message of a subject after a place, from the leader.
//
// Errors: those of get and unseal.
func (l *Log) next(ctx context.Context, subject string, after uint64) (message, error) {
	m, err := l.get(ctx, getRequest{Seq: after + 1, NextFor: subject})
	if err != nil {
		return message{}, err
	}
	return unseal(m.Seq, m.Data)
}

// last returns the place of the last message of a subject, from the leader; 0 if it has none.
func (l *Log) last(ctx context.Context, subject string) (uint64, error) {
	m, err := l.get(ctx, getRequest{LastFor: subject})
	if errors.Is(err, errNone) {
		return 0, nil
	}
	return m.Seq, err
}

// A batch ends after this number of messages, or with the message that exceeds this number of bytes.
const (
	batchMessages = 256
	batchBytes    = 1 << 20
)

// batch asks any replica for the messages of a subject after a place. It returns those before the first that is missing
// or damaged. After an error it may return none: the leader then says why.
func (l *Log) batch(ctx context.Context, subject string, after uint64) []message {
	ctx, cancel := l.bound(ctx)
	defer cancel()
	nc := l.js.Conn()
	request, err := json.Marshal(getRequest{
		Seq: after + 1, NextFor: subject, Batch: batchMessages, MaxBytes: batchBytes,
	})
	if err != nil {
		return nil
	}
	inbox := nc.NewInbox()
	replies, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil
	}
	defer replies.Unsubscribe()
	if err := nc.PublishRequest(l.apiPrefix()+"DIRECT.GET."+l.opts.Stream, inbox, request); err != nil {
		return nil
	}
	var all []message
	for {
		reply, err := replies.NextMsgWithContext(ctx)
		if err != nil || reply.Header.Get("Status") != "" { // the end
			return all
		}
		seq, err := strconv.ParseUint(reply.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return all
		}
		m, err := unseal(seq, reply.Data)
		if err != nil || m.after != after {
			return all
		}
		all, after = append(all, m), seq
	}
}
