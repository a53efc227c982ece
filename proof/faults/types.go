package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// checkTypes reports the faults that do not compile. It is much faster than a build of each.
func checkTypes(ctx context.Context, root string, selected []placed) error {
	exports := make(map[string]string)
	if err := addExports(ctx, root, exports); err != nil {
		return err
	}
	for pkg := range nested {
		if slices.ContainsFunc(selected, func(f placed) bool { return f.pkg == pkg }) {
			if err := addExports(ctx, filepath.Join(root, pkg), exports); err != nil {
				return err
			}
		}
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(pkg string) (io.ReadCloser, error) {
		return os.Open(exports[pkg])
	})
	var errs []error
	for _, f := range selected {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f.checkTypes(root, files, imports); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	return errors.Join(errs...)
}

// addExports builds a module, and adds the export data of its packages and of all that they import.
func addExports(ctx context.Context, dir string, exports map[string]string) error {
	const format = "{{.ImportPath}}\t{{.Export}}"
	out, err := command(ctx, dir, "go", "list", "-export", "-deps", "-f", format, "./...").Output()
	if err != nil {
		return fmt.Errorf("build the checkout: %w", explained(err))
	}
	for line := range strings.Lines(string(out)) {
		pkg, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if _, ok := exports[pkg]; !ok {
			exports[pkg] = file
		}
	}
	return nil
}

func (f placed) checkTypes(root string, files *token.FileSet, imports types.Importer) error {
	changed, text, err := f.plant(root)
	if err != nil {
		return err
	}
	sources, err := sources(root, f.pkg)
	if err != nil {
		return err
	}
	var trees []*ast.File
	for _, src := range sources {
		if ok, err := build.Default.MatchFile(filepath.Join(root, f.pkg), path.Base(src.file)); err != nil || !ok {
			continue
		}
		if src.file == changed {
			src.text = string(text)
		}
		tree, err := parser.ParseFile(files, src.file, src.text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	config := types.Config{Importer: imports}
	_, err = config.Check(path.Join(module, f.pkg), files, trees, nil)
	return err
}
