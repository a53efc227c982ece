package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fromPackages returns cldr.txt, made from the packages in a node_modules folder.
func fromPackages(npm string) ([]byte, error) {
	s := &packages{dir: npm, all: make(places)}
	iso := s.iso("1.js", "alpha2")
	s.countries(iso)
	s.subdivisions()
	head := fmt.Sprintf(listHead, s.version("cldr-subdivisions-full"), s.version("iso-3166"))
	if s.err != nil {
		return nil, s.err
	}
	return []byte(head + s.all.format()), nil
}

const listHead = `# Countries and their subdivisions: code (! if retired), name, further names. The name is English, but
# for subdivisions of countries that write in Latin letters that of ISO 3166.
# Names: Unicode CLDR %s, Unicode-3.0; names of ISO 3166: iso-3166 %s, MIT. See NOTICE.
# Made by gen -npm; do not edit.
`

// packages reads npm packages. After the first error, which it keeps, results are meaningless.
type packages struct {
	dir string
	all places
	err error
}

func (s *packages) read(path string) []byte {
	text, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path)))
	s.err = cmp.Or(s.err, err)
	return text
}

func (s *packages) version(name string) string {
	var about struct{ Version string }
	s.err = cmp.Or(s.err, json.Unmarshal(s.read(name+"/package.json"), &about))
	return about.Version
}

// names returns the object of strings at a key, at any depth, in a file of the CLDR.
func (s *packages) names(path, key string) map[string]string {
	var node any
	s.err = cmp.Or(s.err, json.Unmarshal(s.read(path), &node))
	names := make(map[string]string)
	var walk func(node any, under string)
	walk = func(node any, under string) {
		object, _ := node.(map[string]any)
		for k, v := range object {
			if name, ok := v.(string); ok && under == key {
				names[k] = tidy(name)
			}
			walk(v, k)
		}
	}
	walk(node, "")
	if len(names) == 0 {
		s.err = cmp.Or(s.err, fmt.Errorf("%s has no %s", path, key))
	}
	return names
}

// tidy removes the marks by which the CLDR distinguishes places of the same name.
func tidy(name string) string {
	return strings.TrimRight(strings.ReplaceAll(name, " & ", " and "), "¹²³")
}

type isoEntry struct{ code, alpha3, name string }

var (
	isoObject = regexp.MustCompile(`(?s)\{[^{}]*\}`)
	isoMember = regexp.MustCompile(`(\w+): (?:'([^']*)'|"([^"]*)")`)
)

// iso returns the entries in a file of package iso-3166.
func (s *packages) iso(file, code string) []isoEntry {
	var list []isoEntry
	for _, object := range isoObject.FindAllString(string(s.read("iso-3166/"+file)), -1) {
		members := make(map[string]string)
		for _, m := range isoMember.FindAllStringSubmatch(object, -1) {
			members[m[1]] = m[2] + m[3]
		}
		if members[code] != "" {
			list = append(list, isoEntry{members[code], members["alpha3"], members["name"]})
		}
	}
	if len(list) == 0 {
		s.err = cmp.Or(s.err, errors.New("iso-3166 has no entries in "+file))
	}
	return list
}

// countries adds the countries that ISO 3166-1 assigns, and Kosovo.
func (s *packages) countries(iso []isoEntry) {
	english := s.names("cldr-localenames-full/main/en/territories.json", "territories")
	german := s.names("cldr-localenames-full/main/de/territories.json", "territories")
	for _, entry := range append(iso, isoEntry{"XK", "XKX", "Kosovo"}) {
		country := s.all.at(entry.code)
		country.name = english[entry.code]
		country.add(entry.alpha3)
		for _, names := range []map[string]string{english, german} {
			for _, key := range slices.Sorted(maps.Keys(names)) {
				if key[:2] == entry.code {
					country.add(names[key])
					country.add(withoutUmlauts.Replace(names[key]))
				}
			}
		}
		country.add(entry.name, inOrder(entry.name))
	}
}

var withoutUmlauts = strings.NewReplacer("Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ä", "ae", "ö", "oe", "ü", "ue")

// inOrder returns Republic of Korea for "Korea, Republic of".
func inOrder(name string) string {
	if first, rest, ok := strings.Cut(name, ", "); ok && strings.HasSuffix(rest, " of") {
		return rest + " " + first
	}
	return name
}

// subdivisions adds the subdivisions in the CLDR, current or not, with their names in ISO 3166-2.
func (s *packages) subdivisions() {
	territories := s.names("cldr-localenames-full/main/en/territories.json", "territories")
	for key, name := range s.names("cldr-subdivisions-full/subdivisions/en/en.json", "subdivisions") {
		place := s.all.at(isoCode(key))
		place.name, place.retired = name, true
	}
	isoNames := make(map[string]string)
	for _, entry := range s.iso("2.js", "code") {
		if !strings.HasSuffix(entry.name, "-") && !strings.HasSuffix(entry.name, " kai") { // cut off in the package
			isoNames[entry.code] = entry.name
		}
	}
	aliases, current, latin := s.aliases(), s.current(), s.latin()
	for key := range current {
		code := isoCode(key)
		place := s.all.at(code)
		place.retired = false
		if name := territories[aliases[key]]; place.name == "" && name != "" {
			place.name = name // a part of one country that has a code as another: US-PR
		}
		name := cmp.Or(place.name, isoNames[code])
		place.name = name
		// Addresses name Bayern, not Bavaria.
		if local := isoNames[code]; local != "" && latin(key[:2]) && !strings.ContainsAny(local, ",([/") {
			place.name = local
		}
		place.add(name, isoNames[code])
	}
	s.addForms(current, isoNames)
	for key, code := range aliases {
		if to := s.all[isoCode(code)]; s.all[isoCode(key)] == nil && to != nil {
			place := s.all.at(isoCode(key))
			place.name, place.retired = to.name, true
		}
	}
}

// isoCode returns US-NY for usny, and US for US.
func isoCode(key string) string {
	if len(key) <= 2 {
		return key
	}
	return strings.ToUpper(key[:2] + "-" + key[2:])
}

// addForms adds the names contained in those of ISO 3166-2, except names of other subdivisions of the country.
func (s *packages) addForms(current map[string]bool, isoNames map[string]string) {
	taken := make(map[string]bool)
	for key := range current {
		place := s.all[isoCode(key)]
		for _, name := range append([]string{place.name}, place.others...) {
			taken[key[:2]+plain(name)] = true
		}
	}
	for key := range current {
		for _, form := range isoForms(isoNames[isoCode(key)]) {
			if !taken[key[:2]+plain(form)] {
				s.all[isoCode(key)].add(form)
			}
		}
	}
}

// isoForms returns the names contained in a name of ISO 3166-2: City of Bristol and Bristol in "Bristol, City of".
func isoForms(name string) []string {
	var forms []string
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = strings.TrimSpace(name[:i])
		forms = append(forms, name)
	}
	if first, rest, ok := strings.Cut(name, ", "); ok {
		forms = append(forms, first, rest+" "+first)
	}
	return forms
}

// current returns the codes that ISO 3166-2 currently assigns, as spelled in the CLDR.
func (s *packages) current() map[string]bool {
	var file struct {
		Supplemental struct {
			SubdivisionContainment map[string]struct {
				Contains []string `json:"_contains"`
			}
		}
	}
	s.err = cmp.Or(s.err, json.Unmarshal(s.read("cldr-core/supplemental/subdivisionContainment.json"), &file))
	codes := make(map[string]bool)
	for _, parts := range file.Supplemental.SubdivisionContainment {
		for _, code := range parts.Contains {
			codes[code] = true
		}
	}
	return codes
}

// latin returns a function that reports whether the first language of a country uses the Latin script.
func (s *packages) latin() func(country string) bool {
	likely := s.names("cldr-core/supplemental/likelySubtags.json", "likelySubtags")
	return func(country string) bool {
		tag := cmp.Or(likely["und-"+strings.ToUpper(country)], likely["und"])
		return strings.Contains(tag, "-Latn-")
	}
}

// aliases maps each retired or duplicate code to the code that replaces it, as spelled in the CLDR.
func (s *packages) aliases() map[string]string {
	var file struct {
		Supplemental struct {
			Metadata struct {
				Alias struct {
					SubdivisionAlias map[string]struct {
						Replacement string `json:"_replacement"`
					}
				}
			}
		}
	}
	s.err = cmp.Or(s.err, json.Unmarshal(s.read("cldr-core/supplemental/aliases.json"), &file))
	codes := make(map[string]string)
	for code, to := range file.Supplemental.Metadata.Alias.SubdivisionAlias {
		if !strings.Contains(to.Replacement, " ") {
			codes[code] = to.Replacement
		}
	}
	return codes
}
