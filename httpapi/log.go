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

// panicked answers a request whose handler panicked (HTTP-12). A panic value may hold personal data, so only runtime
// errors are logged.
func (c *call) panicked(p any) {
	c.crash = []slog.Attr{slog.String("panic", panicText(p)), slog.String("stack", string(debug.Stack()))}
	if c.requestID == "" { // Options.NewRequestID panicked
		c.identify("")
	}
	if !c.written {
		c.write(http.StatusInternalServerError, internalError)
	} else {
		c.incomplete = true
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

// log writes the record of a request. It contains no values of contacts, and the route instead of the path.
func (c *call) log() {
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
		slog.Duration("took", time.Since(c.started)),
	}
	if c.incomplete {
		attrs = append(attrs, slog.Bool("incomplete", true))
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("code", string(cmp.Or(codeOf(c.err), "UNKNOWN"))))
	}
	if e, ok := errors.AsType[*contacts.Error](c.err); ok && level == slog.LevelError {
		attrs = append(attrs, slog.String("error", e.Error())) // which contains no values
	}
	logger.LogAttrs(ctx, level, "request", append(attrs, c.crash...)...)
}

// routeName returns the method and the path of the route, which has no IDs.
func (c *call) routeName() string {
	if c.route == nil {
		return "none"
	}
	return c.route.name()
}
