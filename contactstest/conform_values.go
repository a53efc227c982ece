package contactstest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// wholePatch returns a patch that sets every member of an info.
func wholePatch(in contacts.Info) contacts.Patch {
	return contacts.Patch{
		FirstName: contacts.Set(in.Name.First), LastName: contacts.Set(in.Name.Last),
		Emails: contacts.Set(in.Emails), Phones: contacts.Set(in.Phones), Addresses: contacts.Set(in.Addresses),
		Company: contacts.Set(in.Company), JobTitle: contacts.Set(in.JobTitle),
		Birthdate: contacts.Set(in.Birthdate), Locale: contacts.Set(in.Locale),
		LabelKeys: contacts.Set(in.LabelKeys), ExtendedFields: contacts.Set(in.ExtendedFields),
		Picture:   contacts.Set(in.Picture),
		Locations: contacts.Set(in.Locations), AssignedUserIDs: contacts.Set(in.AssignedUserIDs),
	}
}

// accepts passes an edited info named Ada to Create and, as a patch of all members, to Update. It returns the created
// contact.
func (k *kit) accepts(edit func(*contacts.Info)) *contacts.Contact {
	k.Helper()
	info := person("Ada")
	edit(&info)
	made := k.create(info)
	updated := k.update(k.eve(), wholePatch(info))
	same(k, "company after Update as after Create", made.Info.Company, updated.Info.Company)
	same(k, "extended fields after Update as after Create", made.Info.ExtendedFields, updated.Info.ExtendedFields)
	return made
}

// refuses passes an edited info named Ada to Create and Update, which must report these violations.
func (k *kit) refuses(edit func(*contacts.Info), want ...string) {
	k.Helper()
	info := person("Ada")
	edit(&info)
	k.tryCreate(info).invalid(k, want...)
	k.tryUpdate(k.eve(), wholePatch(info)).invalid(k, want...)
}

func email(s string) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Emails = []contacts.Email{{Address: s}} }
}

func phone(country, number string) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Phones = []contacts.Phone{{CountryCode: country, Number: number}} }
}

func address(a contacts.Address) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Addresses = []contacts.Address{a} }
}

func street(s contacts.StreetAddress) func(*contacts.Info) {
	return address(contacts.Address{StreetAddress: &s})
}

func image(m contacts.Image) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Picture = &contacts.Picture{Image: m} }
}

const addressPath = "info.addresses.items[0].address."

// textFields are the texts of an info, with their greatest length, or 0 where the form or another rule limits it.
var textFields = []struct {
	path  string
	limit int
	set   func(string) func(*contacts.Info)
}{
	{"info.name.first", 1000, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.Name.First = s }
	}},
	{"info.name.last", 1000, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.Name.Last = s }
	}},
	{"info.emails.items[0].email", 320, email},
	{"info.phones.items[0].phone", 50, func(s string) func(*contacts.Info) { return phone("", s) }},
	{addressPath + "streetAddress.number", 100, func(s string) func(*contacts.Info) {
		return street(contacts.StreetAddress{Number: s})
	}},
	{addressPath + "streetAddress.name", 1000, func(s string) func(*contacts.Info) {
		return street(contacts.StreetAddress{Name: s})
	}},
	{addressPath + "streetAddress.apt", 100, func(s string) func(*contacts.Info) {
		return street(contacts.StreetAddress{Apt: s})
	}},
	{addressPath + "streetAddress.formattedAddressLine", 2000, func(s string) func(*contacts.Info) {
		return street(contacts.StreetAddress{FormattedAddressLine: s})
	}},
	{addressPath + "addressLine", 1000, func(s string) func(*contacts.Info) {
		return address(contacts.Address{AddressLine: s})
	}},
	{addressPath + "addressLine2", 1000, func(s string) func(*contacts.Info) {
		return address(contacts.Address{AddressLine2: s})
	}},
	{addressPath + "city", 1000, func(s string) func(*contacts.Info) { return address(contacts.Address{City: s}) }},
	{addressPath + "postalCode", 100, func(s string) func(*contacts.Info) {
		return address(contacts.Address{PostalCode: s})
	}},
	{addressPath + "formattedAddress", 2000, func(s string) func(*contacts.Info) {
		return address(contacts.Address{FormattedAddress: s})
	}},
	{addressPath + "hint", 200, func(s string) func(*contacts.Info) { return address(contacts.Address{Hint: s}) }},
	{"info.company", 1000, func(s string) func(*contacts.Info) { return func(in *contacts.Info) { in.Company = s } }},
	{"info.jobTitle", 1000, func(s string) func(*contacts.Info) { return func(in *contacts.Info) { in.JobTitle = s } }},
	{"info.picture.image.id", 1000, func(s string) func(*contacts.Info) { return image(contacts.Image{ID: s}) }},
	{"info.picture.image.altText", 1000, func(s string) func(*contacts.Info) { return image(contacts.Image{AltText: s}) }},
	{"info.picture.image.filename", 1000, func(s string) func(*contacts.Info) {
		return image(contacts.Image{Filename: s})
	}},
}

// textOf returns a text of n characters of four bytes each, in the form that the field accepts.
func textOf(path string, n int) string {
	const clef = "\U0001D11E" // a limit in bytes would refuse a quarter of this
	if strings.HasSuffix(path, ".email") {
		return strings.Repeat(clef, n-2) + "@" + clef
	}
	return strings.Repeat(clef, n)
}

// repeated returns n copies of v.
func repeated[V any](n int, v V) []V { return slices.Repeat([]V{v}, n) }

// someIDs returns n different IDs.
func someIDs(n int) []uuid.UUID {
	list := make([]uuid.UUID, n)
	for i := range list {
		list[i] = uuid.UUID{0: 1, 6: 0x40, 8: 0x80, 14: byte(i >> 8), 15: byte(i)}
	}
	return list
}

// valueCases are those of VAL.
var valueCases = []conformCase{
	{"VAL-1 all violations at once, in the order of the fields", Needs{}, func(k *kit) {
		long := strings.Repeat("x", 2001)
		k.refuses(func(in *contacts.Info) {
			*in = contacts.Info{
				Name:   contacts.Name{First: long, Last: "a\x00"},
				Emails: []contacts.Email{{Address: "ada@example.com"}, {Tag: "HOMER", Address: "ada"}, {}},
				Phones: []contacts.Phone{{Tag: "CELL", CountryCode: "UK", Number: long}, {}},
				Addresses: []contacts.Address{{City: "Odense"}, {
					Tag: "OFFICE", StreetAddress: &contacts.StreetAddress{Number: long}, AddressLine: long,
					Country: "dk", Subdivision: "NY", City: long, PostalCode: long, FormattedAddress: long, Hint: long,
				}},
				Company: long, JobTitle: long, Birthdate: "2023-02-29", Locale: "en_US",
				LabelKeys: repeated(2001, labelCustomers),
				Picture: &contacts.Picture{
					Image:         contacts.Image{ID: "\x00", URL: "ftp://example.com/a", Height: -1, Width: -2},
					ImageProvider: "FLICKR",
				},
				Locations: someIDs(51),
			}
		},
			"info.name.first MAX_LENGTH 1000", "info.name.last FORMAT TEXT",
			"info.emails.items[1].tag FORMAT ENUM", "info.emails.items[1].email FORMAT EMAIL",
			"info.emails.items[2].email MIN_LENGTH 1",
			"info.phones.items[0].tag FORMAT ENUM", "info.phones.items[0].countryCode FORMAT COUNTRY",
			"info.phones.items[0].phone MAX_LENGTH 50", "info.phones.items[1].phone MIN_LENGTH 1",
			"info.addresses.items[1].tag FORMAT ENUM",
			"info.addresses.items[1].address.streetAddress.number MAX_LENGTH 100",
			"info.addresses.items[1].address.addressLine CUSTOM ONE_OF",
			"info.addresses.items[1].address.addressLine MAX_LENGTH 1000",
			"info.addresses.items[1].address.country FORMAT COUNTRY",
			"info.addresses.items[1].address.subdivision FORMAT SUBDIVISION",
			"info.addresses.items[1].address.city MAX_LENGTH 1000",
			"info.addresses.items[1].address.postalCode MAX_LENGTH 100",
			"info.addresses.items[1].address.formattedAddress MAX_LENGTH 2000",
			"info.addresses.items[1].address.hint MAX_LENGTH 200",
			"info.company MAX_LENGTH 1000", "info.jobTitle MAX_LENGTH 1000",
			"info.birthdate FORMAT LOCAL_DATE", "info.locale FORMAT LANGUAGE_TAG", "info.labelKeys.items MAX_SIZE 2000",
			"info.picture.image.id FORMAT TEXT", "info.picture.image.url FORMAT WEB_URL",
			"info.picture.image.height MIN 0", "info.picture.image.width MIN 0",
			"info.picture.imageProvider FORMAT ENUM",
			"info.locations.items MAX_SIZE 50",
		)
	}},
	{"VAL-1 items of a list that is too long", Needs{}, func(k *kit) {
		list := repeated(51, contacts.Phone{Number: "5"})
		list[0].CountryCode, list[49].Number, list[50].Number = "UK", "", ""
		k.refuses(func(in *contacts.Info) { in.Phones = list },
			"info.phones.items MAX_SIZE 50", "info.phones.items[0].countryCode FORMAT COUNTRY",
			"info.phones.items[49].phone MIN_LENGTH 1",
		)
	}},
	{"VAL-1 the source comes last", Needs{}, func(k *kit) {
		info := person(strings.Repeat("x", 1001))
		of(k.api().Create(k.ctx(), info, &contacts.CreateOptions{
			Source: contacts.Source{SourceType: "FAX", AppID: strings.Repeat("x", 1001)},
		})).invalid(k, "info.name.first MAX_LENGTH 1000", "source.sourceType FORMAT ENUM", "source.appId MAX_LENGTH 1000")
	}},
	{"VAL-1 an update checks what the patch has", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.tryUpdate(c, contacts.Patch{
			LastName: contacts.Set(strings.Repeat("x", 1001)), Birthdate: contacts.Set("soon"),
		}).invalid(k, "info.name.last MAX_LENGTH 1000", "info.birthdate FORMAT LOCAL_DATE")
	}},
	{"VAL-2 lengths in characters", Needs{}, func(k *kit) {
		for _, f := range textFields {
			k.accepts(f.set(textOf(f.path, f.limit)))
			k.refuses(f.set(textOf(f.path, f.limit+1)), fmt.Sprintf("%s MAX_LENGTH %d", f.path, f.limit))
		}
		k.accepts(email("a@b"))
		k.accepts(phone("", "7"))
		k.refuses(email(""), "info.emails.items[0].email MIN_LENGTH 1")
		k.refuses(phone("", ""), "info.phones.items[0].phone MIN_LENGTH 1")
	}},
	{"VAL-3 sizes of lists", Needs{}, func(k *kit) {
		for _, l := range []struct {
			path  string
			limit int
			set   func(in *contacts.Info, n int)
		}{
			{"info.emails.items", 50, func(in *contacts.Info, n int) {
				in.Emails = repeated(n, contacts.Email{Address: "ada@example.com"})
			}},
			{"info.phones.items", 50, func(in *contacts.Info, n int) {
				in.Phones = repeated(n, contacts.Phone{Number: "5"})
			}},
			{"info.addresses.items", 50, func(in *contacts.Info, n int) {
				in.Addresses = repeated(n, contacts.Address{City: "Odense"})
			}},
			{"info.locations.items", 50, func(in *contacts.Info, n int) { in.Locations = someIDs(n) }},
			{"info.assignedUserIds.items", 50, func(in *contacts.Info, n int) { in.AssignedUserIDs = someIDs(n) }},
			{"info.labelKeys.items", 2000, func(in *contacts.Info, n int) {
				in.LabelKeys = repeated(n, labelCustomers)
			}},
		} {
			k.accepts(func(in *contacts.Info) { l.set(in, l.limit) })
			k.refuses(func(in *contacts.Info) { l.set(in, l.limit+1) }, fmt.Sprintf("%s MAX_SIZE %d", l.path, l.limit))
		}
	}},
	{"VAL-4 NUL in every text", Needs{}, func(k *kit) {
		for _, f := range textFields {
			k.refuses(f.set("a\x00@b"), f.path+" FORMAT TEXT")
		}
		k.refuses(func(in *contacts.Info) { in.Birthdate = "2020-01-0\x00" }, "info.birthdate FORMAT LOCAL_DATE")
		k.refuses(phone("U\x00", "5"), "info.phones.items[0].countryCode FORMAT COUNTRY")
		k.tryCreate(valued("Ada", map[string]any{keyVATID: "a\x00"})).fails(k, contacts.ErrInvalidFieldValue)
		k.tryCreate(valued("Ada", map[string]any{keyVATID + "\x00": "a"})).fails(k, contacts.ErrFieldNotFound)
		k.tryCreate(labelled("Ada", labelCustomers+"\x00")).fails(k, contacts.ErrLabelNotFound)
		k.accepts(func(in *contacts.Info) { in.Company = "a\x01\n\x7f\t\u202eb" })
	}},
	{"VAL-4 invalid UTF-8", Needs{}, func(k *kit) {
		for _, f := range textFields {
			info := person("Ada")
			f.set("a\xff@b")(&info)
			k.tryCreate(info).fails(k, contacts.ErrInvalid) // a client cannot send it, so the path may differ (CLI-2)
		}
	}},
	{"VAL-5 what is one address", Needs{}, func(k *kit) {
		for _, s := range []string{
			"a@b", "ada.b+tag@example.com", "ADA@EXAMPLE.COM", "ada@[192.0.2.1]", "søren@øl.example.com", "ada@localhost",
			" ada@example.com\t", "o'brien@example.com", "!#$%&*+-/=?^_`{|}~@example.com", "用户@例子.example.com",
			`"ada b"@example.com`, `"a@b"@example.com`, `"a,b;c<d>:e"@example.com`, "ada(home)@example.com",
		} {
			same(k, "the address as typed", s, k.accepts(email(s)).Info.Emails[0].Address)
		}
		for _, s := range []string{
			"ada", "@", "ada@", "@example.com", "ada@@example.com", "ada@example@com", " @example.com", "ada@ ", "\t",
			"ada＠example.com", "ada@\u200b", "\u3164@example.com", `""@example.com`, "Ada <ada@example.com>",
			"<ada@example.com>", "mailto:ada@example.com", "ada@example.com;", "ada@example.com, eve@example.com",
			"ada@example.com eve@example.com", "ada,b@example.com", "'ada@example.com'", `"ada@example.com"`,
			"ada @example.com", "ada@ example.com", "ada\u00a0b@example.com", "ada\u200b@example.com",
			"\ufeffada@example.com", "ad\u00ada@example.com", "ada\x01@example.com", `ada"@example.com`,
			`ada@"example.com"`, `"ada b" @example.com`,
		} {
			k.refuses(email(s), "info.emails.items[0].email FORMAT EMAIL")
		}
	}},
	{"VAL-6 countries", Needs{}, func(k *kit) {
		for _, s := range []string{"US", "GB", "DE", "XK", "AQ", "SS", "CW"} {
			k.accepts(phone(s, "5"))
			same(k, "country", s, k.accepts(address(contacts.Address{Country: s})).Info.Addresses[0].Country)
		}
		for _, s := range []string{"UK", "AN", "SU", "YU", "UN", "ZZ", "USA", "840", "us", "U", "US ", "Denmark", "ＵＳ"} {
			k.refuses(phone(s, "5"), "info.phones.items[0].countryCode FORMAT COUNTRY")
			k.refuses(address(contacts.Address{Country: s}), addressPath+"country FORMAT COUNTRY")
		}
	}},
	{"VAL-7 subdivisions", Needs{}, func(k *kit) {
		for _, s := range []string{"US-NY", "GB-ENG", "DK-84", "FR-2A", "US-ZZ", "XK-1"} {
			k.accepts(address(contacts.Address{Subdivision: s, Country: "JP"}))
		}
		for _, s := range []string{
			"NY", "US", "US-", "-NY", "us-NY", "US-ny", "US_NY", "US-NYNY", "UK-ENG", "US-NY ", "US-É",
		} {
			k.refuses(address(contacts.Address{Subdivision: s}), addressPath+"subdivision FORMAT SUBDIVISION")
		}
	}},
	{"VAL-8 words of enums", Needs{}, func(k *kit) {
		for _, e := range []struct {
			path        string
			words, bad  []string
			set         func(in *contacts.Info, word string)
			get         func(in contacts.Info) string
			whenMissing string
		}{
			{
				"info.emails.items[0].tag", []string{"UNTAGGED", "MAIN", "HOME", "WORK"}, []string{"MOBILE", "BILLING"},
				func(in *contacts.Info, w string) {
					in.Emails = []contacts.Email{{Tag: contacts.EmailTag(w), Address: "ada@example.com"}}
				},
				func(in contacts.Info) string { return string(in.Emails[0].Tag) }, "UNTAGGED",
			},
			{
				"info.phones.items[0].tag", []string{"UNTAGGED", "MAIN", "HOME", "MOBILE", "WORK", "FAX"}, []string{"SHIPPING"},
				func(in *contacts.Info, w string) {
					in.Phones = []contacts.Phone{{Tag: contacts.PhoneTag(w), Number: "5"}}
				},
				func(in contacts.Info) string { return string(in.Phones[0].Tag) }, "UNTAGGED",
			},
			{
				"info.addresses.items[0].tag", []string{"UNTAGGED", "HOME", "WORK", "BILLING", "SHIPPING"}, []string{"MAIN"},
				func(in *contacts.Info, w string) {
					in.Addresses = []contacts.Address{{Tag: contacts.AddressTag(w), City: "Odense"}}
				},
				func(in contacts.Info) string { return string(in.Addresses[0].Tag) }, "UNTAGGED",
			},
			{
				"info.picture.imageProvider", []string{"UNKNOWN", "EXTERNAL", "WIX_MEDIA"}, []string{"WIX"},
				func(in *contacts.Info, w string) {
					in.Picture = &contacts.Picture{
						Image: contacts.Image{ID: "a"}, ImageProvider: contacts.ImageProvider(w),
					}
				},
				func(in contacts.Info) string { return string(in.Picture.ImageProvider) }, "",
			},
		} {
			for _, w := range e.words {
				same(k, e.path, w, e.get(k.accepts(func(in *contacts.Info) { e.set(in, w) }).Info))
			}
			same(k, e.path, e.whenMissing, e.get(k.accepts(func(in *contacts.Info) { e.set(in, "") }).Info))
			for _, w := range append(e.bad, "home", "HOME ", "?") {
				k.refuses(func(in *contacts.Info) { e.set(in, w) }, e.path+" FORMAT ENUM")
			}
		}
	}},
	{"VAL-9 birthdates", Needs{}, func(k *kit) {
		set := func(s string) func(*contacts.Info) { return func(in *contacts.Info) { in.Birthdate = s } }
		for _, s := range []string{"", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"} {
			same(k, "birthdate", s, k.accepts(set(s)).Info.Birthdate)
		}
		for _, s := range []string{
			"2023-02-29", "1900-02-29", "2024-04-31", "0000-00-00", "2024-13-01", "2024-2-9", "24-02-09", "2024-02-09 ",
			"2024/02/09", "20240209", "2024-02-09T00:00:00Z", "12024-02-09", "２０２４-02-09", " ",
		} {
			k.refuses(set(s), "info.birthdate FORMAT LOCAL_DATE")
		}
	}},
	{"VAL-10 locales", Needs{}, func(k *kit) {
		set := func(s string) func(*contacts.Info) { return func(in *contacts.Info) { in.Locale = s } }
		for given, want := range map[string]string{
			"": "", "en": "en", "en-US": "en-us", "zh-Hant-TW": "zh-hant-tw", "es-419": "es-419", "iw": "iw",
		} {
			same(k, "locale", want, k.accepts(set(given)).Info.Locale)
		}
		for _, s := range []string{
			"en_US", "english", "e", "en-", "en--US", " en", "en\n", "root", strings.Repeat("e", 300),
		} {
			k.refuses(set(s), "info.locale FORMAT LANGUAGE_TAG")
		}
		c := k.accepts(set("en-US"))
		same(k, "locale after it was cleared", "", k.update(c, contacts.Patch{Locale: contacts.Set("")}).Info.Locale)
	}},
	{"VAL-11 pictures", Needs{}, func(k *kit) {
		for _, s := range []string{
			"", "https://example.com/a.png", "http://example.com", "HTTPS://EXAMPLE.COM:8443/a?b=c#d", "https://[2001:db8::1]/a",
			"wix:image://v1/abc_123~mv2.png/a.png#originWidth=10&originHeight=20",
		} {
			same(k, "url", s, k.accepts(image(contacts.Image{ID: "abc", URL: s})).Info.Picture.Image.URL)
		}
		for _, s := range []string{
			"example.com/a.png", "//example.com/a", "ftp://example.com/a", "javascript:alert(1)", "https://", "https:///a",
			"https://example.com/a b", " https://example.com/a", "https://example.com/a\n",
			"wix:image://v1/", "wix:image://v2/abc",
		} {
			k.refuses(image(contacts.Image{URL: s}), "info.picture.image.url FORMAT WEB_URL")
		}
		k.accepts(image(contacts.Image{ID: "abc", Width: 1<<31 - 1, Height: 1<<31 - 1}))
		k.refuses(image(contacts.Image{ID: "abc", Width: -2, Height: -1}),
			"info.picture.image.height MIN 0", "info.picture.image.width MIN 0")
		info := person("Ada")
		image(contacts.Image{ID: "abc", Width: 1 << 31})(&info)
		k.tryCreate(info).fails(k, contacts.ErrInvalid) // on the wire it is not an integer of 32 bits (JSON-9)
		check(k, "a picture without any value is kept", k.accepts(image(contacts.Image{})).Info.Picture == nil)
	}},
	{"VAL-12 lists of IDs", Needs{}, func(k *kit) {
		ids := append(someIDs(2), someIDs(2)...)
		c := k.accepts(func(in *contacts.Info) { in.Locations, in.AssignedUserIDs = ids, ids[1:] })
		same(k, "locations", ids, c.Info.Locations)
		same(k, "assignedUserIds", ids[1:], c.Info.AssignedUserIDs)
		k.refuses(func(in *contacts.Info) { in.Locations = []uuid.UUID{ids[0], {}} }, "info.locations.items[1] FORMAT GUID")
		k.refuses(func(in *contacts.Info) { in.AssignedUserIDs = []uuid.UUID{{}} },
			"info.assignedUserIds.items[0] FORMAT GUID")
	}},
	{"VAL-13 streetAddress or addressLine", Needs{}, func(k *kit) {
		parts := contacts.StreetAddress{Number: "3", Name: "Park Ave"}
		same(k, "the parts", &parts, k.accepts(street(parts)).Info.Addresses[0].StreetAddress)
		k.accepts(address(contacts.Address{StreetAddress: &parts, AddressLine2: "4 B"}))
		k.accepts(address(contacts.Address{AddressLine: "3 Park Ave", AddressLine2: "4 B"}))
		c := k.accepts(address(contacts.Address{StreetAddress: &contacts.StreetAddress{}, AddressLine: "3 Park Ave"}))
		check(k, "a streetAddress without parts is kept", c.Info.Addresses[0].StreetAddress == nil)
		k.refuses(address(contacts.Address{StreetAddress: &parts, AddressLine: "3 Park Ave"}),
			addressPath+"addressLine CUSTOM ONE_OF")
	}},
	{"VAL-14 what callers cannot write is ignored", Needs{}, func(k *kit) {
		foreign := someIDs(1)[0]
		c := k.accepts(func(in *contacts.Info) {
			in.Emails = []contacts.Email{{ID: foreign, Address: "ada@example.com"}}
			in.Phones = []contacts.Phone{
				{ID: foreign, CountryCode: "US", Number: "646-567-6359", E164: "+4562183848", Formatted: "+45 62 18 38 48"},
				{ID: foreign, Number: "12", E164: "+4562183848", Formatted: "x"},
			}
			in.Addresses = []contacts.Address{{
				ID: foreign, City: "Odense", Country: "DK", CountryFullname: "Denmark",
				Subdivisions: []contacts.Subdivision{{Code: "DK-83", Name: "Syddanmark"}},
			}}
		})
		for _, id := range []uuid.UUID{
			c.Info.Emails[0].ID, c.Info.Phones[0].ID, c.Info.Phones[1].ID, c.Info.Addresses[0].ID,
		} {
			check(k, "an item has no ID of its own", id != foreign && id != uuid.Nil)
		}
		same(k, "e164Phone of the first", "+16465676359", c.Info.Phones[0].E164)
		same(k, "formattedPhone of the first", "+1 646-567-6359", c.Info.Phones[0].Formatted)
		same(k, "e164Phone of the second", "", c.Info.Phones[1].E164)
		same(k, "formattedPhone of the second", "", c.Info.Phones[1].Formatted)
		same(k, "countryFullname", "", c.Info.Addresses[0].CountryFullname)
		same(k, "subdivisions", 0, len(c.Info.Addresses[0].Subdivisions))
	}},
	{"VAL-20 texts of images", Needs{}, func(k *kit) {
		url := func(n int) string {
			const start = "https://example.com/"
			return start + strings.Repeat("x", n-len(start))
		}
		k.accepts(image(contacts.Image{URL: url(4096)}))
		k.refuses(image(contacts.Image{URL: url(4097)}), "info.picture.image.url MAX_LENGTH 4096")
		k.refuses(image(contacts.Image{
			ID: strings.Repeat("x", 1001), AltText: strings.Repeat("x", 1001), Filename: strings.Repeat("x", 1001),
		}), "info.picture.image.id MAX_LENGTH 1000", "info.picture.image.altText MAX_LENGTH 1000",
			"info.picture.image.filename MAX_LENGTH 1000")
	}},
	{"VAL-20 the photo of a member", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.trySetMember(c.ID, &contacts.Member{MemberID: missingID(), Profile: &contacts.MemberProfile{
			Photo: &contacts.Image{AltText: strings.Repeat("x", 1001)},
		}}).invalid(k, "memberInfo.profileInfo.photo.altText MAX_LENGTH 1000")
	}},
	{"VAL-21 the size of a contact", with(func(o *contacts.Options) { o.ContactSizeMax = 3000 }), func(k *kit) {
		k.accepts(func(in *contacts.Info) { in.Company = strings.Repeat("x", 900) })
		big := func(in *contacts.Info) {
			in.Company, in.JobTitle = strings.Repeat("x", 1000), strings.Repeat("x", 1000)
			in.Addresses = []contacts.Address{{City: strings.Repeat("x", 1000)}}
		}
		k.refuses(big, "contact MAX_SIZE 3000")
		// After LABEL_NOT_FOUND, before INSUFFICIENT_CONTACT_DATA.
		info := contacts.Info{}
		big(&info)
		k.tryCreate(info).invalid(k, "contact MAX_SIZE 3000")
		info.LabelKeys = []string{"custom.missing"}
		k.tryCreate(info).fails(k, contacts.ErrLabelNotFound)
		c := k.create(person("Ada"))
		k.tryUpdate(c, contacts.Patch{
			Company: contacts.Set(strings.Repeat("x", 1000)), JobTitle: contacts.Set(strings.Repeat("x", 1000)),
			LastName: contacts.Set(strings.Repeat("x", 1000)),
		}).invalid(k, "contact MAX_SIZE 3000")
		k.refuses(func(in *contacts.Info) { in.Company = strings.Repeat("<", 900) }, "contact MAX_SIZE 3000") // \u003c
	}},
	{"VAL-21 labels count", with(func(o *contacts.Options) { o.ContactSizeMax = 9000 }), func(k *kit) {
		c := k.create(person("Ada"))
		for i := range 200 {
			key := k.newLabel(fmt.Sprintf("%03d%s", i, strings.Repeat("x", 48)))
			got, err := k.api().Label(k.ctx(), c.ID, key)
			if err != nil && i >= 30 {
				done(err).invalid(k, "contact MAX_SIZE 9000")
				return
			}
			k.see(of(got, err).ok(k))
		}
		k.Fatalf("the contact has 200 keys of more than 50 bytes")
	}},
	{"VAL-21 a contact that is too large", Needs{}, func(k *kit) {
		k.hold()
		c := k.create(withEdit(func(in *contacts.Info) {
			in.Company, in.JobTitle = strings.Repeat("x", 1000), strings.Repeat("x", 1000)
		}))
		k.forget() // the calls below are to a fork
		fork := optional[Forker](k, "Forker").Fork()
		small := of(fork.ForkWith(&contacts.Options{ContactSizeMax: 1500})).ok(k)
		update := func(company string) result[*contacts.Contact] {
			return of(small.Update(k.ctx(), c.ID, c.Revision, contacts.Patch{Company: contacts.Set(company)}, nil))
		}
		update(strings.Repeat("<", 1000)).invalid(k, "contact MAX_SIZE 1500")
		c = update(strings.Repeat("y", 1000)).ok(k)
		c = update(strings.Repeat("y", 999)).ok(k)
		update(strings.Repeat("y", 1000)).invalid(k, "contact MAX_SIZE 1500")
	}},
}
