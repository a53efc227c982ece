package contactstest

import (
	"strings"

	"github.com/contactsdb/contacts"
)

// phoneForms are a number as typed and the forms that it must get.
type phoneForms struct{ country, number, e164, formatted string }

// forms requires the forms of phones.
func forms(k *kit, list ...phoneForms) {
	k.Helper()
	for _, f := range list {
		c := k.create(caller("Ada", f.country, f.number))
		p := c.Info.Phones[0]
		what := "of " + f.country + " " + f.number
		same(k, "e164Phone "+what, f.e164, p.E164)
		same(k, "formattedPhone "+what, f.formatted, p.Formatted)
		same(k, "phone "+what, f.number, p.Number)
		same(k, "countryCode "+what, f.country, p.CountryCode)
		same(k, "e164Phone of primaryPhone "+what, f.e164, c.PrimaryPhone.E164)
	}
}

// identifies requires that a phone without an E.164 form finds its duplicate by its text, or that it does not.
func identifies(k *kit, yes bool, numbers ...string) {
	k.Helper()
	for _, n := range numbers {
		k.create(caller("Ada", "", n))
		result := k.tryCreate(caller("Eve", "", n))
		if yes {
			result.fails(k, contacts.ErrDuplicate)
		} else {
			result.ok(k)
		}
	}
}

func region(r string) Needs { return with(func(o *contacts.Options) { o.Region = r }) }

// phoneCases are those of PHN.
var phoneCases = []conformCase{
	{"PHN-1 forms of valid numbers", Needs{}, func(k *kit) {
		forms(k,
			phoneForms{"US", "646-567-6359", "+16465676359", "+1 646-567-6359"},
			phoneForms{"IL", "097495550", "+97297495550", "+972 9-749-5550"},
			phoneForms{"IT", "02 3661 8300", "+390236618300", "+39 02 3661 8300"},
			phoneForms{"AR", "011 15-2345-6789", "+5491123456789", "+54 9 11 2345-6789"},
			phoneForms{"DK", "62183848", "+4562183848", "+45 62 18 38 48"},
			phoneForms{"US", "٦٤٦٥٦٧٦٣٥٩", "+16465676359", "+1 646-567-6359"},
			phoneForms{"US", "６４６５６７６３５９", "+16465676359", "+1 646-567-6359"},
			phoneForms{"US", "646-567-6359 x12", "+16465676359", "+1 646-567-6359 ext. 12"},
			phoneForms{"US", "телефон домашний главный 646-567-6359", "+16465676359", "+1 646-567-6359"},
			phoneForms{"US", "646-567-6359;ext=12", "+16465676359", "+1 646-567-6359 ext. 12"},
			phoneForms{"US", "646-567-6359 доб. 12", "+16465676359", "+1 646-567-6359 ext. 12"},
		)
	}},
	{"PHN-1 other numbers are accepted without forms", Needs{}, func(k *kit) {
		for _, n := range []string{"(722)-138-3099", "567-6359", "911", "call me", "+", "7", "---", strings.Repeat("6", 50)} {
			forms(k, phoneForms{"US", n, "", ""})
		}
		forms(k, phoneForms{"DE", "0585215478336367", "", ""}) // 16 digits with the country code
	}},
	{"PHN-1 an international number has its own country", Needs{}, func(k *kit) {
		forms(k,
			phoneForms{"US", "+45 62183848", "+4562183848", "+45 62 18 38 48"},
			phoneForms{"AQ", "+1 646 567 6359", "+16465676359", "+1 646-567-6359"},
			phoneForms{"US", "416-555-0134", "+14165550134", "+1 416-555-0134"}, // Canada
			phoneForms{"DK", "+1 722 138 3099", "", ""},
			phoneForms{"US", "62183848", "", ""},
			phoneForms{"DK", "646-567-6359", "", ""},
		)
	}},
	{"PHN-2 no region", Needs{}, func(k *kit) {
		forms(k, phoneForms{"", "646-567-6359", "", ""}, phoneForms{"", "+1 646-567-6359", "", ""})
	}},
	{"PHN-2 the region ZZ", region("ZZ"), func(k *kit) {
		forms(k,
			phoneForms{"", "646-567-6359", "", ""},
			phoneForms{"", "+1 646-567-6359", "+16465676359", "+1 646-567-6359"},
			phoneForms{"", "+1 722 138 3099", "", ""},
			phoneForms{"DK", "62183848", "+4562183848", "+45 62 18 38 48"},
		)
	}},
	{"PHN-2 a country as region", region("US"), func(k *kit) {
		forms(k,
			phoneForms{"", "646-567-6359", "+16465676359", "+1 646-567-6359"},
			phoneForms{"", "011 45 62183848", "+4562183848", "+45 62 18 38 48"},
			phoneForms{"", "62183848", "", ""},
			phoneForms{"DK", "646-567-6359", "", ""},
		)
	}},
	{"PHN-3 invisible characters, space and punctuation at the end", Needs{}, func(k *kit) {
		for _, n := range []string{
			"646-567-6359\t", "646-567-6359\r\n", "646-567-6359\"", "646-567-6359.", "(646) 567-6359)", "646-567-6359;",
			"\u202a+1 646-567-6359\u202c", "646\u202f567\u20096359", "646\t567\u200e63\u200b59",
		} {
			forms(k, phoneForms{"US", n, "+16465676359", "+1 646-567-6359"})
		}
		forms(k, phoneForms{"US", "646-567-63591", "", ""})
	}},
	{"PHN-4 any input, and the same number again in other countries", Needs{}, func(k *kit) {
		for _, n := range []string{
			strings.Repeat("+", 50), strings.Repeat("(6", 25), strings.Repeat("6x", 25), strings.Repeat("\u0301", 50),
			"646-567-6359" + strings.Repeat(" x", 19), "6" + strings.Repeat(" ", 48) + "6", strings.Repeat("1/", 25),
		} {
			same(k, "phone", n, k.create(caller("Ada", "US", n)).Info.Phones[0].Number)
		}
		for range 2 {
			forms(k,
				phoneForms{"US", "2070313000", "", ""}, phoneForms{"GB", "2070313000", "+442070313000", "+44 20 7031 3000"},
				phoneForms{"", "2070313000", "", ""},
			)
		}
	}},
	{"PHN-5 words around a number", Needs{}, func(k *kit) {
		const e164, formatted = "+49305551234", "+49 30 5551234"
		forms(k,
			phoneForms{"DE", "030 5551234 Fax", e164, formatted}, phoneForms{"DE", "(home) 030 5551234", e164, formatted},
			phoneForms{"DE", "тел. 030 5551234, моб.", e164, formatted},
			phoneForms{"US", "+1 646-567-6359 ext.", "+16465676359", "+1 646-567-6359"},
			phoneForms{"DE", "030 5551234 oder 0171 5551234", "", ""}, phoneForms{"DE", "030 5551234/35", "", ""},
			phoneForms{"US", "1st floor 646-567-6359", "", ""},
			phoneForms{"DE", "030 5551234, 0171 5551234", "", ""}, phoneForms{"DE", "030 5551234 2. Etage", "", ""},
		)
	}},
	{"PHN-6 hidden digits", Needs{}, func(k *kit) {
		for _, n := range []string{
			"646-567-XXXX", "***-***-6359", "646-567-6359*", "646-567-6359…", "646-5??-6359", "646-567-••••",
			"646-aaa-6359", "646-567-63xx", "646-567-635x", "xxx-567-6359",
		} {
			forms(k, phoneForms{"US", n, "", ""})
		}
		for _, n := range []string{"11 5555-xx34", "0xx11 5555-12xx", "xx 11 5555-1234", "0xxx11 5555-1234"} {
			forms(k, phoneForms{"BR", n, "", ""})
		}
		forms(k,
			phoneForms{"DE", "030 5551 ..", "", ""}, phoneForms{"DE", "030 555x34", "", ""},
			phoneForms{"DE", "030 555*34", "", ""},
			phoneForms{"US", "646-567-6359#12", "+16465676359", "+1 646-567-6359 ext. 12"},
			phoneForms{"US", "646.567.6359.", "+16465676359", "+1 646-567-6359"},
		)
	}},
	{"PHN-7 letters for digits", Needs{}, func(k *kit) {
		forms(k,
			phoneForms{"US", "1-800-GO-4-CASH", "+18004642274", "+1 800-464-2274"},
			phoneForms{"US", "1-800-FLOWERS", "+18003569377", "+1 800-356-9377"},
			phoneForms{"US", "650 253 home", "", ""}, phoneForms{"US", "1-800-XXXXXXX", "", ""},
			phoneForms{"US", "1-646-FLOWERS", "", ""}, phoneForms{"US", "1-800-FLO-XXXX", "", ""},
		)
	}},
	{"PHN-8 a text that identifies a person", Needs{}, func(k *kit) {
		identifies(k, true, "555-0199", "٥٥٥٠١٢", "30 5551 x7", "030 5551 x7")
		identifies(k, false,
			"n/a", "0", "000-000-0000", "4.91512E+11", "55501", "555-XXX1234", "555012 home", "55501 x123456",
			"555012*", "555-***-012",
		)
	}},
}
