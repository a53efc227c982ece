package browser

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var shots = flag.String("shots", "", "write pictures of all pages to this `directory`")

// axe returns axe-core from the registry of npm.
func axe(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pack := exec.CommandContext(t.Context(), "npm", "pack", "axe-core@4", "--silent")
	pack.Dir = dir
	if out, err := pack.CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: this test needs npm and its registry, for axe-core: %v\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	f, err := os.Open(found[0])
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		require.NoError(t, err, "the package has no axe.min.js")
		if header.Name == "package/axe.min.js" {
			text, err := io.ReadAll(archive)
			require.NoError(t, err)
			return string(text)
		}
	}
}

// scenes are the pages that eyes and axe-core see: a path, and a form to send there.
func scenes(t *testing.T, tb *tab) []struct{ name, path, fill string } {
	t.Helper()
	tb.open("duplicates")
	merge := tb.text(`[...document.querySelectorAll(".group form")].map(f => new URLSearchParams(new FormData(f)))
		.find(q => q.getAll("source").length > 1)`)
	tb.open("feed")
	ada := tb.text(`[...document.querySelectorAll("#feed a")]
		.find(a => a.textContent === "Ada Byron").attributes.href.value`)
	return []struct{ name, path, fill string }{
		{"list", "", ""},
		{"search", "", `document.querySelector("#people").value = "ada";
			document.querySelector(".query .primary").click()`},
		{"nothing-found", "", `document.querySelector("#people").value = "xyz";
			document.querySelector(".query .primary").click()`},
		{"filter", "", `document.querySelector("#people").value = ""; document.querySelector(".filter").open = true;
			document.querySelector("#filter").value = '{"info.company": {"$startsWith": "A"}}';
			document.querySelector(".query .primary").click()`},
		{"contact", ada, ""},
		{"duplicates", "duplicates", ""},
		{"merge", "merge?" + merge, ""},
		{"merge-table", "merge?" + merge, `document.querySelectorAll("details").forEach(d => d.open = true)`},
		{"definitions", "definitions", ""},
		{"definitions-open", "definitions", `document.querySelectorAll("details").forEach(d => d.open = true)`},
		{"feed", "feed", ""},
		{"state", "state", ""},
		{"state-tables", "state", `document.querySelectorAll("details").forEach(d => d.open = true)`},
		{"not-found", "nothing", ""},
	}
}

// ready waits until the page of a scene is there.
func (tb *tab) ready(path, fill string) {
	tb.t.Helper()
	tb.open(path)
	if fill == "" {
		return
	}
	tb.run(fill + "; 0")
	if strings.Contains(fill, "click()") {
		tb.see("examined")
	}
}

// shoot writes a picture of the page, if the flag -shots names a directory.
func (tb *tab) shoot(name string) {
	tb.t.Helper()
	if *shots == "" {
		return
	}
	picture, err := chromedp.Run(tb.ctx, chromedp.FullScreenshot(100))
	require.NoError(tb.t, err)
	require.NoError(tb.t, os.MkdirAll(*shots, 0o755))
	require.NoError(tb.t, os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644))
}

func TestAxe(t *testing.T) {
	script := axe(t)
	for _, look := range []struct {
		name    string
		options []tabOption
		width   int64
	}{{"light", nil, 1280}, {"dark", []tabOption{dark}, 1280}, {"narrow", nil, 390}} {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel() // axe takes one core for each tab
			tb := openTab(t, serve(t, sample(t), writing), look.options...)
			all := scenes(t, tb)
			tb.size(look.width)
			for _, sc := range all {
				tb.ready(sc.path, sc.fill)
				tb.shoot(sc.name + "-" + look.name)
				tb.run(script + "; 0")
				result := tb.text(`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
					v.id + ": " + v.nodes.map(n => n.html.slice(0, 150) + " " + n.failureSummary).join(" | "))))`)
				var violations []string
				require.NoError(t, json.Unmarshal([]byte(result), &violations))
				require.Empty(t, violations, "%s, %s", sc.name, look.name)
			}
			tb.forgive() // the browser reports the page with status 404
		})
	}
	t.Run("a page with a mistake fails", func(t *testing.T) {
		tb := openTab(t, serve(t, sample(t), nil))
		tb.run(`document.querySelector("label[for=people]").remove(); document.querySelector("#people").placeholder = ""; 0`)
		tb.run(script + "; 0")
		require.NotEqual(t, "0", tb.text("axe.run().then(r => r.violations.length)"))
	})
}
