package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// place is the part of a file that a fault replaces.
type place struct {
	file     string // path from the root of the checkout, with slashes
	from, to int    // offsets of the old text in the file
}

// placed is a fault with its present place.
type placed struct {
	fault
	place
}

// find returns the place of the fault. The table names no files, so that declarations can move between the files of a
// package. It is an error unless the old text occurs exactly once.
func (f fault) find(root string) (place, error) {
	files, err := sources(root, f.pkg)
	if err != nil {
		return place{}, fmt.Errorf("%s: %w", f.name, err)
	}
	var found []place
	declared := false
	for _, src := range files {
		stretches := []stretch{{0, len(src.text)}}
		if f.decl != "" {
			if stretches, err = src.declarations(f.decl); err != nil {
				return place{}, fmt.Errorf("%s: %w", f.name, err)
			}
			declared = declared || len(stretches) > 0
		}
		for _, s := range stretches {
			for from := range occurrences(src.text[s.from:s.to], f.old) {
				from += s.from
				found = append(found, place{src.file, from, from + len(f.old)})
			}
		}
	}
	where := f.where()
	if f.decl != "" && !declared {
		return place{}, fmt.Errorf("%s: there is no %s", f.name, where)
	}
	if len(found) != 1 {
		return place{}, fmt.Errorf("%s: %s has the text to replace %d times, not once:\n%s",
			f.name, where, len(found), f.old)
	}
	return found[0], nil
}

// where describes the code that is searched for the old text.
func (f fault) where() string {
	pkg := "package " + path.Join(".", f.pkg)
	if f.decl != "" {
		return f.decl + " in " + pkg
	}
	return pkg
}

// plant returns the file with the fault in it.
func (f fault) plant(root string) (file string, text []byte, err error) {
	at, err := f.find(root)
	if err != nil {
		return "", nil, err
	}
	right, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(at.file)))
	if err != nil {
		return "", nil, err
	}
	return at.file, []byte(string(right[:at.from]) + f.new + string(right[at.to:])), nil
}

// occurrences yields the offset of each occurrence of part, overlapping ones too.
func occurrences(text, part string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; from++ {
			n := strings.Index(text[from:], part)
			if n < 0 {
				return
			}
			from += n
			if !yield(from) {
				return
			}
		}
	}
}

// source is a file of a package that is not a test.
type source struct {
	file string // as in place
	text string
}

func sources(root, pkg string) ([]source, error) {
	names, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*.go")) // fails only for a bad pattern
	var files []source
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, source{path.Join(pkg, filepath.Base(name)), string(text)})
	}
	if files == nil {
		return nil, errors.New("there is no package " + path.Join(".", pkg))
	}
	return files, nil
}

// stretch is a part of a file, by its offsets.
type stretch struct{ from, to int }

// declarations finds the declarations of a function, a method such as "Store.commit", a type, a constant or a variable.
func (src source) declarations(name string) ([]stretch, error) {
	if bare := name[strings.LastIndex(name, ".")+1:]; !strings.Contains(src.text, bare) {
		return nil, nil
	}
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, src.file, src.text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []stretch
	add := func(n ast.Node) {
		found = append(found, stretch{files.Position(n.Pos()).Offset, files.Position(n.End()).Offset})
	}
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if funcName(decl) == name {
				add(decl)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				for _, n := range specNames(spec) {
					if n.Name == name {
						add(spec)
					}
				}
			}
		}
	}
	return found, nil
}

// funcName names a function, with the type of its receiver.
func funcName(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	typ := decl.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name + "." + decl.Name.Name
		default:
			return decl.Name.Name
		}
	}
}

func specNames(spec ast.Spec) []*ast.Ident {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{spec.Name}
	case *ast.ValueSpec:
		return spec.Names
	default:
		return nil
	}
}
