package httpapi

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/contactsdb/contacts"
)

// panicked answers a request whose handling panicked (HTTP-12). What was panicked with could hold anything: of it only
// what the runtime says is told.
func (c *call) panicked(p any) {
	c.crash = []slog.Attr{slog.String("panic", panicText(p)), slog.String("stack", string(debug.Stack()))}
	if c.requestID == "" { // making it is what failed
		c.identify("")
	}
	if !c.written {
		c.write(http.StatusInternalServerError, internalError)
	}
}

func panicText(p any) string {
	err, ok := p.(error)
	var re runtime.Error
	if ok && errors.As(err, &re) {
		return re.Error()
	}
	return "a value"
}

// log writes the record of a request. It holds no values of contacts, and of the path only the route.
func (c *call) log(started time.Time) {
	level := slog.LevelDebug
	if c.status == http.StatusInternalServerError || c.crash != nil {
		level = slog.LevelError
	}
	logger, ctx := c.h.opts.Logger, c.r.Context()
	if !logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", c.requestID), slog.String("route", c.routeName()), slog.Int("status", c.status),
		slog.Duration("took", time.Since(started)),
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("code", string(cmp.Or(codeOf(c.err), "UNKNOWN"))))
	}
	if e, ok := errors.AsType[*contacts.Error](c.err); ok && level == slog.LevelError {
		attrs = append(attrs, slog.String("error", e.Error())) // it names no values
	}
	logger.LogAttrs(ctx, level, "request", append(attrs, c.crash...)...)
}

// routeName tells which method was called, without the IDs in its path.
func (c *call) routeName() string {
	if c.route == nil {
		return "none"
	}
	return c.route.method + " " + c.route.path
}
