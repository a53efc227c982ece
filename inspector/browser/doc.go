// Package browser tests package inspector in a browser: Debian's chromium, driven by chromedp. It is a module of its
// own, so that no user gets its dependencies.
//
//	go -C inspector/browser test ./...                 all tests
//	go -C inspector/browser test ./... -shots DIR      and pictures of all pages, light and dark, for eyes
//
// Without chromium on the PATH the tests are skipped. The test of accessibility also needs npm and a registry, from
// which it gets axe-core.
package browser
