package browser

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/inspector"
)

// patience is for events that should take milliseconds.
const patience = 2 * time.Minute

// browser is one chromium for all tests, started by the first.
var browser = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 1000))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, _ := chromedp.NewContext(allocator)
	return ctx, chromedp.Do(ctx)
})

// TestMain ends the browser.
func TestMain(m *testing.M) {
	status := m.Run()
	if ctx, err := browser(); err == nil {
		chromedp.Cancel(ctx)
	}
	os.Exit(status)
}

// tab is a tab of the browser on a site.
type tab struct {
	t   testing.TB
	ctx context.Context
	url string // of the list

	mu       sync.Mutex
	problems []string // that the browser has reported: errors of scripts, dialogs, violations of the policy
}

// tabOption changes a tab before it loads the first page.
type tabOption func(context.Context) error

func withoutScript(ctx context.Context) error {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true})
	return err
}

func dark(ctx context.Context) error {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	return err
}

// openTab opens the list of a site. At the end of the test the browser must have reported no problem.
func openTab(t testing.TB, url string, options ...tabOption) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Skip("NOT RUN: these tests need chromium on the PATH: " + err.Error())
	}
	ctx, cancel := chromedp.NewContext(parent)
	tb := &tab{t: t, ctx: ctx, url: url}
	t.Cleanup(func() {
		cancel()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		require.Empty(t, tb.problems)
	})
	require.NoError(t, chromedp.Listen(ctx, tb.listen))
	tb.size(1280)
	for _, o := range options {
		require.NoError(t, o(ctx))
	}
	tb.open("")
	return tb
}

func (tb *tab) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = "exception: " + e.ExceptionDetails.Text
	case *page.EventJavascriptDialogOpening:
		text = "dialog: " + e.Message
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Source == "security" {
			text = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if text != "" {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.problems = append(tb.problems, text)
	}
}

// forgive removes the reported problems, for a test that causes some.
func (tb *tab) forgive() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.problems = nil
}

func (tb *tab) do(action chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	require.NoError(tb.t, chromedp.Do(ctx, action))
}

// open loads a page.
func (tb *tab) open(path string) {
	tb.t.Helper()
	tb.do(chromedp.Navigate(tb.url + path))
}

// size sets the width of the window.
func (tb *tab) size(width int64) {
	tb.t.Helper()
	tb.do(chromedp.EmulateViewport(width, 1000))
}

func (tb *tab) click(selector string) {
	tb.t.Helper()
	tb.do(chromedp.Click(chromedp.CSS(selector)))
}

func (tb *tab) focus(selector string) {
	tb.t.Helper()
	tb.do(chromedp.Focus(chromedp.CSS(selector)))
}

// set sets the value of a field.
func (tb *tab) set(selector, value string) {
	tb.t.Helper()
	tb.run(fmt.Sprintf("document.querySelector(%q).value = %q", selector, value))
}

// press presses keys.
func (tb *tab) press(keys ...string) {
	tb.t.Helper()
	for _, k := range keys {
		tb.do(chromedp.KeyEvent(k))
	}
}

// run runs a script in the page, as a developer does, whether the scripts of pages run or not.
func (tb *tab) run(script string) {
	tb.t.Helper()
	tb.do(chromedp.Evaluate[chromedp.Void](script))
}

// text evaluates an expression in the page to a text. It waits for a promise.
func (tb *tab) text(expression string) string {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		"Promise.resolve("+expression+").then(String)", chromedp.EvalAwaitPromise))
	require.NoError(tb.t, err)
	return out
}

// until waits until an expression in the page is true. While a page loads, it is not.
func (tb *tab) until(expression string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	require.FailNow(tb.t, "never true: "+expression, tb.text("location.href + ' ' + document.body.innerText"))
}

// see waits until the page has a text.
func (tb *tab) see(text string) {
	tb.t.Helper()
	tb.until(fmt.Sprintf("document.readyState == 'complete' && document.body.textContent.includes(%q)", text))
}

// rows waits until the list has a number of rows.
func (tb *tab) rows(n int) {
	tb.t.Helper()
	tb.until(fmt.Sprintf("document.querySelectorAll('.people tbody tr').length == %d", n))
}

// commits returns the positions of the commits in the feed. It fails if the feed has a commit twice.
func (tb *tab) commits() []string {
	tb.t.Helper()
	shown := tb.text("[...document.querySelectorAll('#feed li')].map(li => li.dataset.position).join(' ')")
	positions, seen := strings.Fields(shown), map[string]bool{}
	for _, p := range positions {
		require.False(tb.t, seen[p], "commit %s is there twice", p)
		seen[p] = true
	}
	return positions
}

// tabTo presses the tab key until the focused element matches a selector. All elements on the way must show that they
// have the focus, and be in the order of the document.
func (tb *tab) tabTo(selector string) {
	tb.t.Helper()
	tb.run("window.lastFocus = document.activeElement")
	for range 400 {
		tb.press(kb.Tab)
		state := tb.text(fmt.Sprintf(`(() => {
			const at = document.activeElement, last = window.lastFocus;
			window.lastFocus = at;
			if (last !== document.body && !(last.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING))
				return "out of order: " + at.outerHTML;
			const style = getComputedStyle(at);
			if (style.outlineStyle === "none") return "focus is invisible: " + at.outerHTML;
			return at.matches(%q) ? "there" : "on";
		})()`, selector))
		if state == "there" {
			return
		}
		require.Equal(tb.t, "on", state)
	}
	require.FailNow(tb.t, "no way to "+selector+" by keyboard")
}

// serve serves a store below a path.
func serve(t testing.TB, s *contacts.Store, opts *inspector.Options) string {
	t.Helper()
	server := httptest.NewServer(http.StripPrefix("/some/where", inspector.Handler(s, opts)))
	t.Cleanup(server.Close)
	return server.URL + "/some/where/"
}

// bothWays runs a test with and without script.
func bothWays(t *testing.T, test func(*testing.T, ...tabOption)) {
	t.Run("with script", func(t *testing.T) { test(t) })
	t.Run("without script", func(t *testing.T) { test(t, withoutScript) })
}

var writing = &inspector.Options{Write: true, Controls: noControls{}}

func TestPages(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		tb := openTab(t, serve(t, sample(t), writing), options...)
		for _, tc := range []struct{ link, heading, see string }{
			{"nav a[href$='duplicates']", "Duplicates", "Preview the merge"},
			{"nav a[href$='definitions']", "Labels & fields", "Customer number"},
			{"nav a[href$='feed']", "Feed", "Every commit"},
			{"nav a[href$='state']", "State", "Writes over time"},
			{".brand", "People", "Query language"},
			{".people a", "Annie Turing", "JSON, as the API sends it"},
		} {
			tb.click(tc.link)
			tb.see(tc.see)
			require.Equal(t, tc.heading, tb.text("document.querySelector('h1').textContent"))
		}
	})
}

func TestSearch(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		tb := openTab(t, serve(t, sample(t), nil), options...)
		at := tb.text("location.href")
		tb.see("63 contacts")
		tb.focus("#people")
		tb.press("ada byr")
		if len(options) > 0 {
			tb.press(kb.Enter)
		}
		tb.see("index people")
		tb.rows(3)
		require.Equal(t, "ada byr", tb.text("document.querySelector('#people').value"))

		// A facet narrows it down, and gives it back.
		tb.click("button[data-key='custom.vip']")
		tb.see("in VIP")
		tb.rows(1)
		tb.click("button[data-key='custom.vip']")
		tb.rows(3)

		// A filter of the query language, and one with a mistake.
		tb.set("#people", "")
		tb.click(".filter summary")
		tb.focus("#filter")
		tb.focus("#filter")
		tb.press(`{"primaryInfo.email": "ada@example.com"}`)
		tb.click(".query .primary")
		tb.see("index email")
		tb.set("#filter", `{"shoe": 1}`)
		tb.click(".query .primary")
		tb.see("UNSUPPORTED_FILTER_FIELD_UNKNOWN")
		tb.forgive() // the browser reports each reply with status 400

		require.Equal(t, at, tb.text("location.href"), "the address has no part of the search")
	})
}

func TestPaging(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		tb := openTab(t, serve(t, sample(t), nil), options...)
		first := tb.text("document.querySelector('.people a').textContent")
		tb.click(".pager button:last-child")
		tb.rows(13)
		require.NotEqual(t, first, tb.text("document.querySelector('.people a').textContent"))
		tb.click(".pager button:first-child")
		tb.rows(50)
		require.Equal(t, first, tb.text("document.querySelector('.people a').textContent"))
	})
}

func TestBack(t *testing.T) {
	tb := openTab(t, serve(t, sample(t), nil))
	tb.focus("#people")
	tb.press("ada byr")
	tb.rows(3)
	tb.click(".people a")
	tb.see("JSON, as the API sends it")
	tb.do(chromedp.NavigateBack())
	tb.rows(3)
	require.Equal(t, "ada byr", tb.text("document.querySelector('#people').value"), "the search is there again")
	tb.click(".brand")
	tb.rows(50)
	require.Empty(t, tb.text("document.querySelector('#people').value"), "a link begins a new search")
}

func TestKeyboard(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		s := sample(t)
		tb := openTab(t, serve(t, s, writing), options...)
		tb.tabTo(".skip")
		tb.press(kb.Enter)
		tb.tabTo("#people")
		tb.press("ada byr", kb.Enter)
		tb.see("index people")
		tb.open("")
		tb.tabTo("#people")
		tb.press("ada lov", kb.Enter)
		tb.rows(1)

		// The list leads to a contact, and its bar to the duplicates.
		tb.run("document.activeElement.blur()")
		tb.tabTo(".people a")
		tb.press(kb.Enter)
		tb.see("JSON, as the API sends it")
		tb.tabTo("nav a[href$='duplicates']")
		tb.press(kb.Enter)
		tb.see("Preview the merge")

		// A group leads to the preview, and that to the merge.
		before := s.Snapshot().Len()
		tb.tabTo("form[action$='merge'] input[type='radio']:checked")
		tb.press(kb.ArrowDown)
		tb.press(kb.ArrowUp)
		tb.tabTo("form[action$='merge'] button")
		tb.press(kb.Enter)
		tb.see("What moves where")
		tb.tabTo("form[action$='merge'] .primary")
		tb.press(kb.Enter)
		tb.see("merged into this one.")
		require.Less(t, s.Snapshot().Len(), before)
	})
}

func TestMerge(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		s := sample(t)
		tb := openTab(t, serve(t, s, writing), options...)
		tb.open("duplicates")
		tb.click("form[action$='merge'] button")
		tb.see("What moves where")
		at := s.Snapshot().Position()

		target := tb.text("document.querySelector('input[name=target]').value")
		touch(t, s, target)
		tb.click("form[action$='merge'] .primary")
		tb.see("Nothing was merged.")
		require.Equal(t, at+1, s.Snapshot().Position())
		tb.forgive() // the browser reports the reply with status 409
		tb.click("form[action$='merge'] .primary")
		tb.see("merged into this one.")
		require.Equal(t, at+2, s.Snapshot().Position())
	})
}

func TestDefinitions(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		tb := openTab(t, serve(t, sample(t), writing), options...)
		tb.open("definitions")
		tb.focus("#new-label")
		tb.press("Brand new" + kb.Enter)
		tb.see("The label is there.")
		tb.click(".definitions details summary")
		tb.set(".definitions details input[name='name']", "Renamed")
		tb.click(".definitions details form:first-child button")
		tb.see("The label was renamed.")
		tb.see("Renamed")
		tb.click(".definitions details summary")
		tb.click(".definitions details .danger")
		tb.see("The label was deleted.")
	})
}

func TestMarkup(t *testing.T) {
	bothWays(t, func(t *testing.T, options ...tabOption) {
		s, paths := hostile(t)
		tb := openTab(t, serve(t, s, writing), options...)
		for _, path := range append(paths, "", "duplicates", "definitions", "feed", "state") {
			tb.open(path)
			tb.see("Labels & fields")
			require.Equal(t, "undefined", tb.text("typeof window.zapped"), path)
			require.Equal(t, "0", tb.text("document.querySelectorAll('img, b, iframe, [onerror], main script').length"), path)
		}
		if len(options) == 0 { // what the script puts into the page is text, too
			tb.open("")
			tb.focus("#people")
			tb.press("zap")
			tb.see("index people")
			require.Equal(t, "undefined", tb.text("typeof window.zapped"))
			require.Equal(t, "0", tb.text("document.querySelectorAll('img, b, iframe, [onerror], main script').length"))
		}
	})
}

func TestFeed(t *testing.T) {
	s := sample(t)
	tb := openTab(t, serve(t, s, nil))
	tb.open("feed")
	tb.see("Live.")
	person(t, s, "Fresh Arrival")
	tb.until("document.querySelector('#feed li').textContent.includes('Fresh Arrival')")
	newest := fmt.Sprint(s.Snapshot().Position())
	require.Equal(t, newest, tb.text("document.querySelector('#feed li').dataset.position"))

	// A tab that is shown again while it waits for a reply shows a commit once.
	for i := range 3 {
		name := fmt.Sprintf("Guest %d", i)
		person(t, s, name)
		tb.run("for (const _ of [1, 2, 3]) document.dispatchEvent(new Event('visibilitychange')); 0")
		tb.until(fmt.Sprintf("document.querySelector('#feed li').textContent.includes(%q)", name))
	}
	tb.commits()

	tb = openTab(t, tb.url, withoutScript)
	tb.open("feed")
	tb.see("Reload the page to see new ones.")
	tb.see("Fresh Arrival")
}

func TestFeedThroughRestart(t *testing.T) {
	s := sample(t)
	server := startAt(t, "127.0.0.1:0", s)
	tb := openTab(t, "http://"+server.addr+"/")
	tb.open("feed")
	tb.see("Live.")

	server.stop(t)
	tb.see("The server does not answer.")
	s = reload(t, s)
	person(t, s, "Born During Restart")
	server = startAt(t, server.addr, s)
	defer server.stop(t)
	tb.see("Live again: the server was started again.")
	tb.see("Born During Restart")
	person(t, s, "Born After Restart")
	tb.until("document.querySelector('#feed li').textContent.includes('Born After Restart')")

	require.Equal(t, fmt.Sprint(s.Snapshot().Position()), tb.commits()[0])
	tb.forgive() // the browser reports the requests without an answer
}

func TestCrowd(t *testing.T) {
	s := crowd(t, 100_000)
	tb := openTab(t, serve(t, s, nil))
	tb.see("100,000 contacts")
	tb.until("document.querySelector('.facets .num')") // the script has asked for the counts
	tb.focus("#people")
	for _, keys := range []string{"m", "a", "r"} {
		started := time.Now()
		before := tb.text("document.querySelector('.plan').textContent")
		tb.press(keys)
		tb.until(fmt.Sprintf("document.querySelector('.plan')?.textContent != %q", before))
		t.Logf("people search of 100,000 contacts after %q: %v, of which on the server %s", keys, time.Since(started),
			cmp.Or(tb.text("document.querySelector('.plan').textContent"), "?"))
	}
	tb.rows(50)
	tb.click(".pager button:last-child")
	tb.until("!document.querySelector('.pager button:first-child').disabled")
}
