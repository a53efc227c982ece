package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// switchVar is the environment variable with the number of the one fault that a program with many faults has.
const switchVar = "PLANTED_FAULT"

// switchFile is added to each package with faults.
const switchFile = `package %s

import (
	"os"
	"strconv"
)

var plantedFault, _ = strconv.Atoi(os.Getenv("` + switchVar + `"))

func plantedValue[T any](fault int, wrong, right T) T {
	if plantedFault == fault {
		return wrong
	}
	return right
}
`

// together plants many faults at once in a copy of the checkout. Each function with faults is there several times, once
// as it is and once with each of them, and its name calls the one that switchVar chooses; so the tests need only one
// build. It returns the numbers of the faults by name. The others have to be planted alone: those in constants, types
// and signatures, and in functions that recover, which must be deferred themselves.
func together(dir string, selected []placed) (map[string]int, error) {
	numbers := make(map[string]int)
	files := make(map[string]*switched)
	for i, f := range selected {
		file := files[f.file]
		if file == nil {
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.file)))
			if err != nil {
				return nil, err
			}
			right, err := parseDecls(string(text))
			if err != nil {
				return nil, err
			}
			file = &switched{right: right, wrong: make(map[string][]variant)}
			files[f.file] = file
		}
		wrong, err := parseDecls(file.right.text[:f.from] + f.new + file.right.text[f.to:])
		if err != nil {
			return nil, err
		}
		if file.add(i+1, wrong) {
			numbers[f.name] = i + 1
		}
	}
	for name, file := range files {
		text := []byte(file.render())
		pkg := filepath.Join(dir, filepath.FromSlash(path.Dir(name)))
		if err := errors.Join(
			os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), text, 0o644),
			os.WriteFile(filepath.Join(pkg, "planted_fault.go"), fmt.Appendf(nil, switchFile, file.right.pkg), 0o644),
		); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// switched is a file with faults.
type switched struct {
	right decls
	wrong map[string][]variant // by the name of the declaration
}

// variant is a declaration with a fault.
type variant struct {
	fault int
	node  ast.Node
	decls decls
}

// decls are the declarations of a file by name: functions, and specs of constants, variables and types.
type decls struct {
	pkg, text string
	files     *token.FileSet
	names     []string
	nodes     map[string]ast.Node
	vars      map[string]bool // variables with one name and one value
}

func parseDecls(text string) (decls, error) {
	d := decls{text: text, files: token.NewFileSet(), nodes: make(map[string]ast.Node), vars: make(map[string]bool)}
	tree, err := parser.ParseFile(d.files, "", text, parser.SkipObjectResolution)
	if err != nil {
		return d, err
	}
	d.pkg = tree.Name.Name
	for _, decl := range tree.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			d.add(funcName(decl), decl)
		case *ast.GenDecl:
			for i, spec := range decl.Specs {
				name := fmt.Sprint(decl.Tok, " ", i)
				for _, n := range specNames(spec) {
					name = n.Name
				}
				d.add(name, spec)
				v, ok := spec.(*ast.ValueSpec)
				d.vars[name] = ok && decl.Tok == token.VAR && len(v.Names) == 1 && len(v.Values) == 1
			}
		}
	}
	return d, nil
}

func (d *decls) add(name string, n ast.Node) {
	for d.nodes[name] != nil {
		name += "'" // such as the variables _
	}
	d.names = append(d.names, name)
	d.nodes[name] = n
}

// of returns the text of a node.
func (d *decls) of(n ast.Node) string { return d.between(n.Pos(), n.End()) }

func (d *decls) between(from, to token.Pos) string {
	return d.text[d.files.Position(from).Offset:d.files.Position(to).Offset]
}

// add adds the declarations that a fault changes. It reports false, and adds none, if the fault cannot be switched.
func (s *switched) add(fault int, wrong decls) bool {
	if !slices.Equal(s.right.names, wrong.names) {
		return false
	}
	var changed []string
	for _, name := range s.right.names {
		r, w := s.right.nodes[name], wrong.nodes[name]
		if s.right.of(r) == wrong.of(w) {
			continue
		}
		if !s.switchable(name, r, w, wrong) {
			return false
		}
		changed = append(changed, name)
	}
	for _, name := range changed {
		s.wrong[name] = append(s.wrong[name], variant{fault, wrong.nodes[name], wrong})
	}
	return changed != nil
}

func (s *switched) switchable(name string, right, wrong ast.Node, d decls) bool {
	switch right := right.(type) {
	case *ast.FuncDecl:
		wrong := wrong.(*ast.FuncDecl)
		return name != "init" && !recovers(right) && !recovers(wrong) &&
			s.right.between(right.Pos(), right.Body.Pos()) == d.between(wrong.Pos(), wrong.Body.Pos())
	case *ast.ValueSpec:
		value := wrong.(*ast.ValueSpec).Values
		return s.right.vars[name] && d.vars[name] &&
			s.right.between(right.Pos(), right.Values[0].Pos()) == d.between(wrong.Pos(), value[0].Pos())
	default:
		return false
	}
}

// recovers reports whether a function calls recover itself.
func recovers(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			name, ok := call.Fun.(*ast.Ident)
			found = found || ok && name.Name == "recover"
		}
		_, inner := n.(*ast.FuncLit)
		return !inner
	})
	return found
}

// render returns the file with all its faults.
func (s *switched) render() string {
	var b bytes.Buffer
	at := 0
	for _, name := range s.right.names {
		variants := s.wrong[name]
		if variants == nil {
			continue
		}
		n := s.right.nodes[name]
		b.WriteString(s.right.text[at:s.right.files.Position(n.Pos()).Offset])
		at = s.right.files.Position(n.End()).Offset
		if spec, ok := n.(*ast.ValueSpec); ok {
			b.WriteString(s.right.between(n.Pos(), spec.Values[0].Pos()))
			value := s.right.of(spec.Values[0])
			for _, v := range variants {
				value = fmt.Sprintf("plantedValue(%d, %s, %s)", v.fault, v.decls.of(v.node.(*ast.ValueSpec).Values[0]), value)
			}
			b.WriteString(value)
			continue
		}
		f := n.(*ast.FuncDecl)
		s.right.dispatch(&b, f, variants)
		s.right.renamed(&b, f, 0)
		for _, v := range variants {
			v.decls.renamed(&b, v.node.(*ast.FuncDecl), v.fault)
		}
	}
	b.WriteString(s.right.text[at:])
	return b.String()
}

// renamed writes a function under the name that it has with a fault, 0 for none.
func (d *decls) renamed(b *bytes.Buffer, f *ast.FuncDecl, fault int) {
	fmt.Fprintf(b, "\n\n%splanted%d%s", d.between(f.Pos(), f.Name.Pos()), fault, d.between(f.Name.Pos(), f.End()))
}

// dispatch writes a function that calls its variant with the fault of the program.
func (d *decls) dispatch(b *bytes.Buffer, f *ast.FuncDecl, variants []variant) {
	b.WriteString("func ")
	callee := ""
	if f.Recv != nil {
		fmt.Fprintf(b, "(self %s) ", d.of(f.Recv.List[0].Type))
		callee = "self."
	}
	b.WriteString(f.Name.Name)
	types := ""
	if list := f.Type.TypeParams; list != nil {
		b.WriteString(d.of(list))
		var names []string
		for _, field := range list.List {
			for _, n := range field.Names {
				names = append(names, n.Name)
			}
		}
		types = "[" + strings.Join(names, ", ") + "]"
	}
	var params, args []string
	for _, field := range f.Type.Params.List {
		for range max(len(field.Names), 1) {
			arg := fmt.Sprint("arg", len(args))
			params = append(params, arg+" "+d.of(field.Type))
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	fmt.Fprintf(b, "(%s) ", strings.Join(params, ", "))
	result := ""
	if f.Type.Results != nil {
		b.WriteString(d.of(f.Type.Results))
		result = "return "
	}
	call := func(fault int) string {
		return fmt.Sprintf("%s%splanted%d%s%s(%s)", result, callee, fault, f.Name.Name, types, strings.Join(args, ", "))
	}
	b.WriteString(" {\n\tswitch plantedFault {\n")
	for _, v := range variants {
		fmt.Fprintf(b, "\tcase %d:\n\t\t%s\n", v.fault, call(v.fault))
	}
	fmt.Fprintf(b, "\tdefault:\n\t\t%s\n\t}\n", call(0))
	b.WriteString("}\n")
}
