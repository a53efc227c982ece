package csvio

import (
	"strings"
	"unicode"
)

// placeholders are the words that people and programs write for no value, in lower case. Those of names are fewer:
// people are called None and Unknown.
var placeholders = map[string]bool{
	"n/a": true, "n.a.": true, "n.a": true, "#n/a": true, "n / a": true, "null": true, "(null)": true, "<null>": true,
	"[null]": true, `\n`: true, "nil": true, "nan": true, "-": true, "--": true, "---": true, "—": true, "–": true,
	"_": true, ".": true, "..": true, "...": true, "?": true, "??": true, "???": true, "/": true, "(empty)": true,
	"(blank)": true, "(none)": true, "<none>": true, "undefined": true, "[object object]": true,

	"none": false, "na": false, "unknown": false, "not specified": false, "not provided": false,
	"not available": false, "not applicable": false, "not set": false, "unspecified": false, "empty": false,
	"no email": false, "no phone": false, "no address": false, "none given": false, "not given": false, "tbd": false,
	"tba": false, "nothing": false, "blank": false, "missing": false, "no value": false, "no data": false,
	"keine": false, "keiner": false, "keine angabe": false, "k.a.": false, "k. a.": false, "unbekannt": false,
	"nicht angegeben": false, "leer": false, "aucun": false, "aucune": false, "inconnu": false, "non renseigné": false,
	"ninguno": false, "ninguna": false, "desconocido": false, "no especificado": false, "nessuno": false,
	"sconosciuto": false, "nenhum": false, "desconhecido": false, "onbekend": false, "geen": false, "okänd": false,
	"ukendt": false, "ukjent": false, "brak": false, "neznámé": false, "нет": false, "неизвестно": false, "なし": false,
	"無": false, "无": false, "없음": false, "yok": false,
}

const placeholderMax = 24 // bytes

// isPlaceholder reports whether a text stands for no value. NULL in capitals is one in names, too, but not Null.
func isPlaceholder(f field, text string) bool {
	if len(text) > placeholderMax {
		return false
	}
	inNames, ok := placeholders[text]
	if !ok {
		if strings.IndexFunc(text, unicode.IsUpper) < 0 {
			return false
		}
		if inNames, ok = placeholders[strings.ToLower(text)]; !ok {
			return false
		}
	}
	switch f {
	case fieldFirstName, fieldMiddleName, fieldLastName, fieldFullName, fieldSuffix, fieldPrefix:
		return inNames && (text == "NULL" || !strings.EqualFold(text, "null")) && !strings.EqualFold(text, "nan")
	case fieldCountry:
		return text != "NA" // Namibia
	default:
		return true
	}
}
