package geo_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/geo"
)

// isoNames are the English short names of ISO 3166-1 that differ from those of the CLDR.
var isoNames = map[string]string{
	"BO": "Bolivia (Plurinational State of)", "BQ": "Bonaire, Sint Eustatius and Saba", "BN": "Brunei Darussalam",
	"BS": "Bahamas (the)", "CC": "Cocos (Keeling) Islands (the)", "CD": "Congo (the Democratic Republic of the)",
	"CG": "Congo (the)", "CI": "Côte d'Ivoire", "CV": "Cabo Verde", "CZ": "Czechia", "DO": "Dominican Republic (the)",
	"FK": "Falkland Islands (the) [Malvinas]", "FM": "Micronesia (Federated States of)",
	"GB": "United Kingdom of Great Britain and Northern Ireland (the)", "GM": "Gambia (the)",
	"GS": "South Georgia and the South Sandwich Islands", "HM": "Heard Island and McDonald Islands",
	"IR": "Iran (Islamic Republic of)", "KN": "Saint Kitts and Nevis",
	"KP": "Korea (the Democratic People's Republic of)",
	"KR": "Korea (the Republic of)", "LA": "Lao People's Democratic Republic (the)", "LC": "Saint Lucia",
	"MD": "Moldova (the Republic of)", "MF": "Saint Martin (French part)", "MK": "North Macedonia",
	"NL": "Netherlands (Kingdom of the)", "PM": "Saint Pierre and Miquelon", "PN": "Pitcairn",
	"PS": "Palestine, State of",
	"RU": "Russian Federation (the)", "SH": "Saint Helena, Ascension and Tristan da Cunha",
	"SJ": "Svalbard and Jan Mayen", "ST": "Sao Tome and Principe", "SX": "Sint Maarten (Dutch part)",
	"SY": "Syrian Arab Republic (the)", "TR": "Türkiye", "TW": "Taiwan (Province of China)",
	"TZ": "Tanzania, the United Republic of", "UM": "United States Minor Outlying Islands (the)",
	"US": "United States of America (the)", "VA": "Holy See (the)", "VC": "Saint Vincent and the Grenadines",
	"VE": "Venezuela (Bolivarian Republic of)", "VG": "Virgin Islands (British)", "VI": "Virgin Islands (U.S.)",
	"VN": "Viet Nam", "WF": "Wallis and Futuna",
}

// countryTexts are further texts that must mean a country: aliases, other codes, names in German, other spellings.
var countryTexts = map[string]string{
	"us": "US", "Us": "US", "USA": "US", "usa": "US", "U.S.A.": "US", "U.S.": "US", "U. S.": "US", " US ": "US",
	"United States": "US", "UNITED STATES OF AMERICA": "US", "United-States": "US", "Vereinigte Staaten": "US",
	"UK": "GB", "uk": "GB", "U.K.": "GB", "GBR": "GB", "United Kingdom": "GB", "Great Britain": "GB", "England": "GB",
	"Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB", "Großbritannien": "GB", "Grossbritannien": "GB",
	"UAE": "AE", "AND": "AD", "Deutschland": "DE", "GER": "DE", "Österreich": "AT", "Oesterreich": "AT",
	"Schweiz": "CH",
	"Suisse":  "CH", "Dänemark": "DK", "Daenemark": "DK", "Danmark": "DK", "Türkei": "TR", "Turkey": "TR",
	"Turkiye": "TR",
	"Holland": "NL", "The Netherlands": "NL", "Netherlands, the": "NL", "Burma": "MM", "Ivory Coast": "CI",
	"Cote d’Ivoire": "CI", "Co\u0302te d'Ivoire": "CI", "COTE DIVOIRE": "CI", "Swaziland": "SZ", "Macedonia": "MK",
	"Trinidad & Tobago": "TT", "Trinidad and Tobago": "TT", "Trinidad Tobago": "TT", "Trinidad": "TT", "Bosnia": "BA",
	"St. Lucia": "LC", "St Lucia": "LC", "Sankt Lucia": "LC", "Saint Barthelemy": "BL", "Reunion": "RE",
	"Curacao": "CW",
	"Aland":   "AX", "Åland": "AX", "Sao Tome & Principe": "ST", "Czech Republic": "CZ", "East Timor": "TL",
	"Russia": "RU", "South Korea": "KR", "Korea, Republic of": "KR", "Republic of Korea": "KR", "Korea": "KR",
	"North Korea": "KP", "Tanzania (United Republic of)": "TZ", "Taiwan, Province of China": "TW", "Vatican": "VA",
	"Kosovo": "XK", "XKX": "XK", "Косово": "XK", "Việt Nam": "VN", "NA": "NA", "Namibia": "NA", "NAM": "NA",
	"Hong Kong": "HK",
	"Hongkong":  "HK", "Macau": "MO", "Congo": "CG", "Congo (Brazzaville)": "CG", "Republic of the Congo": "CG",
	"Congo (Kinshasa)": "CD", "Congo, Democratic Republic of the": "CD", "DR Congo": "CD", "Zaire": "CD",
	"Libyan Arab Jamahiriya": "LY", "Palestine": "PS", "Palestinian Territory (Occupied)": "PS",
	"Holy See (Vatican City State)": "VA", "Hong Kong (Special Administrative Region of China)": "HK",
	"Saint Martin French": "MF", "Sint Maarten Dutch": "SX", "Wallis and Futuna Islands": "WF",

	"Nederland": "NL", "España": "ES", "Brasil": "BR", "Россия": "RU", "РФ": "RU", "日本": "JP", "中国": "CN", "中國": "CN",
	"Italia": "IT", "México": "MX", "Éire": "IE", "Sverige": "SE", "Norge": "NO", "Noreg": "NO", "Suomi": "FI",
	"Polska": "PL", "België": "BE", "Belgique": "BE", "대한민국": "KR", "한국": "KR", "Ελλάδα": "GR", "Україна": "UA",
	"مصر": "EG", "भारत": "IN", "ישראל": "IL", "ประเทศไทย": "TH", "Magyarország": "HU", "Česko": "CZ", "Maroc": "MA",

	"": "", " ": "", "-": "", ".": "", "the": "", "N/A": "", "n/a": "", "n.a.": "", "N.A.": "", "na": "", "Na": "",
	"nA":   "",
	"none": "", "None": "", "unknown": "", "Unknown": "", "001": "", "840": "", "123 DE": "", "DE1": "", "XX": "",
	"ZZ": "",
	"XA": "", "AN": "", "YU": "", "SU": "", "UN": "", "EU": "", "AC": "", "Narnia": "", "world": "", "Europe": "",
	"us/ca":  "",
	"US\x00": "", "\xff": "", "US;CA": "", "International": "",
}

func TestCountry(t *testing.T) {
	for code, name := range isoNames {
		require.Equal(t, code, geo.Country(name), name)
	}
	for text, code := range countryTexts {
		require.Equal(t, code, geo.Country(text), "%q", text)
	}
	for _, code := range countryCodes() {
		name := geo.CountryName(code)
		require.Equal(t, code, geo.Country(code))
		require.Equal(t, code, geo.Country(name), name)
		require.Equal(t, code, geo.Country(strings.ToUpper(name)), name)
		if code != "NA" {
			require.Equal(t, code, geo.Country(strings.ToLower(code)))
		}
	}
}

func countryCodes() []string {
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); geo.ValidCountry(code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

func TestValid(t *testing.T) {
	require.Len(t, countryCodes(), 249+1)
	for _, code := range []string{"", "U", "us", "Us", "USA", "UK", "AN", "YU", "ZZ", "É", "\xffA", "A\xff", "A[",
		"@A"} {
		require.False(t, geo.ValidCountry(code), "%q", code)
	}
	for code, want := range map[string]bool{
		"US-NY": true, "GB-LND": true, "AT-9": true, "US-ZZZ": true, "XK-1": true, "": false, "US": false, "US-": false,
		"US-NEWY": false, "US-ny": false, "us-NY": false, "NY": false, "ZZ-NY": false, "US-N-": false, "US-É": false,
		"US NY": false, "US-NY ": false,
	} {
		require.Equal(t, want, geo.ValidSubdivision(code), "%q", code)
	}
}

func TestNames(t *testing.T) {
	for code, want := range map[string]string{
		"US": "United States", "GB": "United Kingdom", "DK": "Denmark", "HK": "Hong Kong", "CG": "Congo",
		"LC": "St. Lucia",
		"CD": "Democratic Republic of the Congo", "TT": "Trinidad and Tobago", "XK": "Kosovo", "ZZ": "", "us": "",
		"": "",
	} {
		require.Equal(t, want, geo.CountryName(code), code)
	}
	for code, want := range map[string]string{
		"US-NY": "New York", "US-DC": "District of Columbia", "US-PR": "Puerto Rico", "DE-BY": "Bayern",
		"RU-MOW": "Moscow", "CN-TW": "Taiwan",
		"GB-PTE": "Peterborough", "FR-IDF": "Île-de-France", "IR-23": "Tehran", "MA-06": "Casablanca-Settat",
		"PL-MZ": "Mazowieckie", "FR-75": "Paris", "FR-75C": "Paris", "GT-GU": "Guatemala", // retired, and its successor
		"US-ZZ": "", "US": "", "NY": "", "": "", "us-ny": "",
	} {
		require.Equal(t, want, geo.SubdivisionName(code), code)
	}
}

func TestSubdivision(t *testing.T) {
	for _, test := range []struct{ text, country, want string }{
		{"US-NY", "US", "US-NY"}, {"us-ny", "US", "US-NY"}, {"us-ny", "", "US-NY"}, {" US-NY ", "", "US-NY"},
		{"ny", "US", "US-NY"}, {"NY", "US", "US-NY"}, {"New York", "US", "US-NY"}, {" new  york.", "US", "US-NY"},
		{"Washington, D.C.", "US", "US-DC"}, {"Puerto Rico", "US", "US-PR"}, {"Quebec", "CA", "CA-QC"},
		{"Bayern", "DE", "DE-BY"}, {"Bavaria", "DE", "DE-BY"}, {"Baden-Wurttemberg", "DE", "DE-BW"},
		{"wien", "AT", "AT-9"},
		{"Bristol, City of", "GB", "GB-BST"}, {"City of Bristol", "GB", "GB-BST"}, {"Bristol", "GB", "GB-BST"},
		{"Lombardia", "IT", "IT-25"}, {"Moskva", "RU", "RU-MOW"}, {"Tokyo", "JP", "JP-13"}, {"13", "JP", "JP-13"},
		{"Nordjylland", "DK", "DK-81"}, {"Praha 1", "CZ", ""}, {"Prague 9", "CZ", "CZ-109"}, {"Madrid", "ES", "ES-M"},
		{"Bicol (Region V)", "PH", "PH-05"}, {"Buenos Aires", "AR", "AR-B"}, {"Haut-Sassandra", "CI", "CI-02"},
		{"Mazowieckie", "PL", "PL-14"},
		{"US-QQ", "US", "US-QQ"}, {"us-qq", "", "US-QQ"}, // not known, but it may exist some day

		{"US-NY", "GB", ""}, {"qq-ny", "", ""}, {"New York", "", ""}, {"NY", "", ""}, {"Nowhere", "US", ""},
		{"", "US", ""},
		{"-", "US", ""}, {"NY", "XX", ""}, {"NY", "us", ""}, {"NY", "Narnia", ""}, {"n/a", "US", ""},
		{"no-go", "GB", ""},
		{"Peter", "GB", ""}, {"Zombo", "UG", "UG-330"},
		{"Barisal", "BD", ""}, {"Dhaka", "BD", ""}, // a division and a district
	} {
		require.Equal(t, test.want, geo.Subdivision(test.text, test.country), "%q in %q", test.text, test.country)
	}
	for _, code := range countryCodes() {
		for _, text := range []string{"N/A", "n.a.", "none", "-", "?", "unknown", "the"} {
			require.Empty(t, geo.Subdivision(text, code), "%s in %s", text, code)
		}
	}
}

// TestList compares what is compiled in with the lists that it was made from.
func TestSubdivisionText(t *testing.T) {
	for code, want := range map[string]string{
		"DE-BY": "Bayern", "US-NY": "New York", "": "", "DE-??": "DE-??",
	} {
		require.Equal(t, want, geo.SubdivisionText(code, code[:min(2, len(code))]), code)
	}
	require.Equal(t, "DE-BY", geo.SubdivisionText("DE-BY", "FR"), "the name does not lead back")
}

func TestList(t *testing.T) {
	own := lines(t, "own.txt")
	for code, line := range lines(t, "cldr.txt") {
		if own[code] == nil || own[code][1] == "" {
			require.Equal(t, line[1], nameOf(code), code)
		}
	}
	for code, line := range own {
		if target, ok := strings.CutPrefix(line[1], "="); ok {
			require.Equal(t, nameOf(target), nameOf(code), code)
			require.NotEmpty(t, nameOf(code), code)
		} else if line[1] != "" {
			require.Equal(t, line[1], nameOf(code), code)
		}
	}
	for file, least := range map[string]int{"cldr.txt": 250 + 5000, "own.txt": 200} {
		list := lines(t, file)
		require.GreaterOrEqual(t, len(list), least)
		for code, line := range list {
			for _, other := range line[2:] {
				if file == "cldr.txt" && slices.Contains(own[code], "-"+other) || other[0] == '-' {
					continue
				}
				if len(code) == len("US") {
					require.Equal(t, code, geo.Country(other), other)
				} else if got := geo.Subdivision(other, code[:2]); got != "" { // else another one has it too
					require.Equal(t, nameOf(code), nameOf(got), "%s in %s", other, code)
				}
			}
		}
	}
}

func nameOf(code string) string {
	if len(code) == len("US") {
		return geo.CountryName(code)
	}
	return geo.SubdivisionName(code)
}

// lines returns the parts of each line of a list by code.
func lines(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	list := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		if parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); line[0] != '#' {
			list[strings.TrimSuffix(parts[0], "!")] = parts
		}
	}
	return list
}

func TestLongText(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a", 1<<20), strings.Repeat("the ", 1<<18), strings.Repeat("(", 1<<20),
		strings.Repeat(" ", 1<<20),
		strings.Repeat("\u0301", 1<<19), strings.Repeat("\xff", 1<<20),
	} {
		start := time.Now()
		require.Empty(t, geo.Country(text))
		require.Empty(t, geo.Subdivision(text, "US"))
		require.Less(t, time.Since(start), time.Second)
	}
}

// FuzzRecognise asserts that a text means a valid country and a valid part of it, or none, and that neither case nor
// space around it nor the form of its accents matters.
func FuzzRecognise(f *testing.F) {
	for text := range countryTexts {
		f.Add(text, "US")
	}
	for _, text := range []string{"ny", "us-ny", "New York", "Île-de-France²", "Bicol (Region V)", "Praha 1", "ß"} {
		f.Add(text, "FR")
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		start := time.Now()
		code := geo.Country(text)
		require.True(t, code == "" || geo.ValidCountry(code), code)
		require.Equal(t, code, geo.Country(" "+text+"\n"))
		if code != "" && code != "NA" {
			require.Equal(t, code, geo.Country(strings.ToUpper(text)), text)
			require.Equal(t, code, geo.Country(code))
		}
		part := geo.Subdivision(text, country)
		require.True(t, part == "" || geo.ValidSubdivision(part), part)
		if part != "" {
			require.True(t, country == "" || strings.HasPrefix(part, country+"-"), part)
			require.Equal(t, part, geo.Subdivision(part, country))
		}
		require.Less(t, time.Since(start), 5*time.Second)
	})
}

func BenchmarkCountry(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		geo.Country("Côte d'Ivoire")
	}
}

func BenchmarkNames(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		geo.CountryName("US")
		geo.SubdivisionName("US-NY")
	}
}
