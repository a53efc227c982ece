package contactstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// crowd are five contacts that filters, searches and orders tell apart. They are named by letters; dabce is their order
// of creation.
type crowd struct {
	*kit
	who map[byte]*contacts.Contact
}

// ofCrowd returns a case that works with a crowd.
func ofCrowd(run func(*crowd)) func(*kit) {
	return func(k *kit) {
		k.Helper()
		run(newCrowd(k))
	}
}

func newCrowd(k *kit) *crowd {
	k.Helper()
	for name, t := range map[string]contacts.DataType{
		"Motto": contacts.DataText, "Site": contacts.DataURL, "Shoe": contacts.DataNumber, "Since": contacts.DataDate,
	} {
		k.newField(name, t)
	}
	k.newLabel("VIP")
	infos := crowdInfos()
	cr := &crowd{k, map[byte]*contacts.Contact{}}
	for _, letter := range []byte("dabce") {
		cr.who[letter] = k.create(infos[letter])
		k.tick()
	}
	return cr
}

func crowdInfos() map[byte]contacts.Info {
	places := someIDs(2)
	a := person("Ann", "Ann@example.com", "second@example.com")
	a.Name.Last, a.Company, a.JobTitle, a.Birthdate, a.Locale = "Lee", "Acorn", "Baker", "1990-05-17", "en-US"
	a.Phones, a.Locations = []contacts.Phone{number("US", numberUS)}, places
	a.LabelKeys = []string{labelCustomers, "custom.vip"}
	a.Addresses = []contacts.Address{{
		AddressLine: "12 Harbor Street", City: "Springfield", Subdivision: "US-IL", Country: "US",
	}}
	a.ExtendedFields = map[string]any{
		"custom.motto": "Carpe diem", "custom.site": "example.com/a", "custom.shoe": 42, "custom.since": "2020-02-29",
		keyVATID: "DK 1",
	}
	b := person("ann", " ann@example.com ")
	b.Name.Last, b.Company, b.Birthdate, b.Locale = "LEE", "acorn", "1985-12-01", "de"
	b.Phones = []contacts.Phone{number("", numberLoose), number("US", numberUS2)}
	b.LabelKeys, b.Locations = []string{"custom.vip"}, places[1:]
	b.Addresses = []contacts.Address{{
		StreetAddress: &contacts.StreetAddress{Number: "12", Name: "Harbor Street"}, City: "springfield", Country: "GB",
	}}
	b.ExtendedFields = map[string]any{"custom.shoe": 0, "custom.since": "2021-01-01"}
	c := person("Éva", "eva@example.net", "third@example.com")
	c.Addresses = []contacts.Address{
		{StreetAddress: &contacts.StreetAddress{Name: "Elm Row", Apt: "2"}, City: "Paris", Country: "FR"},
		{AddressLine: "9 Oak Lane", City: "Springfield", Subdivision: "US-NY", Country: "US"},
	}
	c.LabelKeys = []string{labelCustomers}
	c.ExtendedFields = map[string]any{"custom.motto": " ", "custom.shoe": -1.5}
	d := person("Dan")
	d.JobTitle = "baker"
	return map[byte]contacts.Info{'a': a, 'b': b, 'c': c, 'd': d, 'e': caller("", "GB", "020 7946 0018")}
}

// letters names contacts.
func (cr *crowd) letters(ids []uuid.UUID) string {
	var b strings.Builder
	for _, id := range ids {
		letter := byte('?')
		for l, c := range cr.who {
			if c.ID == id {
				letter = l
			}
		}
		b.WriteByte(letter)
	}
	return b.String()
}

// finds requires that a query matches the contacts of these letters, in this order.
func (cr *crowd) finds(what string, q contacts.Query, want string) {
	cr.Helper()
	same(cr.kit, what, want, cr.letters(cr.list(q)))
}

// means requires what a filter, given as JSON, matches, and that its negation matches all others.
func (cr *crowd) means(filter, want string) {
	cr.Helper()
	f := parsed(cr.kit, filter)
	cr.finds(filter, contacts.Query{Filter: f}, want)
	others := strings.Map(func(r rune) rune {
		if strings.ContainsRune(want, r) {
			return -1
		}
		return r
	}, "dabce")
	cr.finds("$not of "+filter, contacts.Query{Filter: contacts.Not(f)}, others)
}

// meanings requires what conditions on one field match: pairs of a condition and letters.
func (cr *crowd) meanings(field string, pairs ...string) {
	cr.Helper()
	for pair := range slices.Chunk(pairs, 2) {
		cr.means(fmt.Sprintf(`{%q:%s}`, field, pair[0]), pair[1])
	}
}

// quotedID returns the ID of a contact as a JSON string.
func (cr *crowd) quotedID(letter byte) string { return `"` + cr.who[letter].ID.String() + `"` }

// quotedTime returns the createdDate of a contact as a JSON string.
func (cr *crowd) quotedTime(letter byte) string {
	return `"` + cr.who[letter].CreatedDate.Format("2006-01-02T15:04:05.000Z07:00") + `"`
}

// refusesFilters requires that filters, given as JSON, are refused with a code.
func refusesFilters(k *kit, code contacts.Code, filters ...string) {
	k.Helper()
	for _, text := range filters {
		tryFilter(k, parsed(k, text)).fails(k, code)
	}
}

// tryFilter lists the contacts that match a filter.
func tryFilter(k *kit, f contacts.Filter) result[contacts.Page[*contacts.Contact]] {
	k.Helper()
	return of(k.api().List(k.ctx(), contacts.Query{Filter: f}, nil))
}

// filterField is a field that contacts can be filtered by.
type filterField struct {
	name, operators string
	sortable        bool
	value           string // that it can have, as JSON
	wrong           string // of another type
	impossible      string // of its type, that it cannot have; "" if every value is possible
}

const (
	opsEqual  = "$eq $ne $in $exists $hasSome"
	opsText   = opsEqual + " $startsWith $begins"
	opsOrder  = "$eq $ne $gt $gte $lt $lte"
	opsChoice = "$eq $ne $in $nin $hasSome"
	opsSets   = "$hasSome $hasAll"
	opsCustom = "$eq $ne $in $hasSome $startsWith $begins"
	opsAll    = "$eq $ne $gt $gte $lt $lte $in $nin $exists $startsWith $begins $hasSome $hasAll $like $isEmpty"

	extended = "info.extendedFields."
)

// filterFields are all fields of FLT-4, with custom fields of each type.
var filterFields = slices.Concat(
	fieldsOf(opsEqual, `"00000000-0000-4000-8000-000000000001"`, `1`, `"x"`, "id"),
	fieldsOf(opsEqual, `"US"`, `1`, `"a\u0000"`, "info.addresses.subdivision", "info.addresses.country", "info.locale"),
	fieldsOf(opsText, `"ann"`, `1`, `"a\u0000"`, "primaryInfo.email*", "primaryInfo.phone", "primaryEmail.email*",
		"primaryPhone.phone", "primaryPhone.e164Phone", "primaryPhone.formattedPhone*", "primaryPhone.countryCode*",
		"info.name.first*", "info.name.last*", "info.emails.email", "info.phones.phone", "info.phones.e164Phone",
		"info.addresses.street", "info.addresses.city", "info.company*", "info.jobTitle*"),
	fieldsOf(opsOrder, `"2026-01-02T03:04:05Z"`, `1`, `"2026-01-02"`, "createdDate*", "updatedDate",
		"lastActivity.activityDate*"),
	fieldsOf(opsOrder, `"2024-02-29"`, `1`, `"2023-02-29"`, "info.birthdate*", extended+"custom.since*",
		extended+keyPurchased+"*"),
	fieldsOf(opsOrder, `42`, `"42"`, `1e999`, extended+"custom.shoe*", extended+keyPurchases+"*",
		extended+keySpentAmount+"*"),
	fieldsOf(opsChoice, `"NO_SUBSCRIPTION_STATUS"`, `true`, `"pending"`, "primaryEmail.subscriptionStatus",
		"primaryPhone.subscriptionStatus"),
	fieldsOf(opsChoice, `"BOUNCED"`, `true`, `"PENDING"`, "primaryEmail.deliverabilityStatus",
		extended+keyDelivery),
	fieldsOf(opsChoice, `"PENDING"`, `true`, `"NO_SUBSCRIPTION_STATUS"`, extended+keySubscription),
	fieldsOf(opsChoice, `"APPROVED"`, `null`, `"ACTIVE"`, extended+keyMembership),
	fieldsOf(opsSets, `"custom.vip"`, `1`, `"a\u0000"`, "info.labelKeys"),
	fieldsOf(opsSets, `"00000000-0000-4000-8000-000000000001"`, `1`, `""`, "info.locations"),
	fieldsOf(opsCustom, `"ann"`, `1`, `"a\u0000"`, extended+"custom.motto*", extended+"custom.site*",
		extended+keyByFirst+"*", extended+keyByLast+"*", extended+keyMobile+"*", extended+keySpentCurrency+"*"),
	fieldsOf("$exists", `true`, `"true"`, ``, extended+keyEffective+"*"),
	fieldsOf("", ``, ``, ``, extended+keyVATID),
)

// fieldsOf returns fields with the same operators and values. A star marks those to sort by.
func fieldsOf(operators, value, wrong, impossible string, names ...string) []filterField {
	var list []filterField
	for _, name := range names {
		name, star := strings.CutSuffix(name, "*")
		list = append(list, filterField{name, operators, star, value, wrong, impossible})
	}
	return list
}

// operand returns a value in the form that an operator accepts.
func operand(operator, value string) string {
	switch operator {
	case "$in", "$nin", "$hasSome", "$hasAll":
		return "[" + value + "]"
	case "$exists":
		return "true"
	default:
		return value
	}
}

// checkField requires the operators of a field, and that it refuses values of other types and impossible ones.
func checkField(k *kit, f filterField) {
	k.Helper()
	condition := func(operator, value string) contacts.Filter {
		return parsed(k, fmt.Sprintf(`{%q:{%q:%s}}`, f.name, operator, value))
	}
	for operator := range strings.FieldsSeq(opsAll) {
		value := f.value
		if value == "" {
			value = `"x"`
		}
		accepted := slices.Contains(strings.Fields(f.operators), operator)
		r := tryFilter(k, condition(operator, operand(operator, value)))
		if !accepted {
			r.fails(k, contacts.ErrFilterOperator)
			continue
		}
		r.ok(k)
		switch operator {
		case "$exists":
			tryFilter(k, condition(operator, `"true"`)).fails(k, contacts.ErrFilterValueType)
			continue
		case "$startsWith", "$begins":
			tryFilter(k, condition(operator, f.wrong)).fails(k, contacts.ErrFilterValueType)
			continue
		}
		tryFilter(k, condition(operator, operand(operator, f.wrong))).fails(k, contacts.ErrFilterValueType)
		if f.impossible != "" {
			tryFilter(k, condition(operator, operand(operator, f.impossible))).fails(k, contacts.ErrFilterValue)
		}
	}
}

// filterCases are those of FLT.
var filterCases = []conformCase{
	{"FLT-1 joined filters", alone, ofCrowd(func(cr *crowd) {
		for _, pair := range [][2]string{
			{`{}`, "dabce"}, {`{"$and":[]}`, "dabce"}, {`{"$or":[]}`, ""}, {`{"$and":[{},{}]}`, "dabce"},
			{`{"$or":[{"info.name.first":"Ann"},{}]}`, "dabce"}, {`{"$not":{"info.name.first":"Ann"}}`, "dbce"},
			{`{"$not":{"$not":{"info.name.first":"Ann"}}}`, "a"},
			{`{"$or":[{"info.name.first":"Ann"},{"info.name.first":"Dan"}]}`, "da"},
			{`{"$and":[{"info.jobTitle":{"$exists":true}},{"info.company":"Acorn"}]}`, "a"},
			{`{"info.name.first":"ann","info.name.last":"LEE"}`, "b"}, {`{"info.name.first":"ann","info.name.last":"Lee"}`, ""},
			{`{"info.name.last":"Lee","$or":[{"info.company":"Acorn"}]}`, "a"},
			{`{"info.birthdate":{"$gt":"1985-12-01","$lt":"1990-05-18"}}`, "a"},
		} {
			cr.means(pair[0], pair[1])
		}
		cr.finds("the zero Filter", contacts.Query{}, "dabce")
	})},
	{"FLT-1 filters made in Go", alone, ofCrowd(func(cr *crowd) {
		find := func(f contacts.Filter, want string) {
			text := string(of(json.Marshal(f)).ok(cr.kit))
			cr.finds(text, contacts.Query{Filter: f}, want)
			cr.finds("parsed from "+text, contacts.Query{Filter: parsed(cr.kit, text)}, want)
		}
		find(contacts.And(contacts.Eq("info.name.last", "Lee"), contacts.Ne("info.company", "acorn")), "a")
		find(contacts.Or(contacts.In("info.name.first", "Dan", "x"), contacts.StartsWith("info.company", "AC")), "dab")
		either := contacts.Or(contacts.Eq("info.company", "acorn"), contacts.Exists("info.name.first", false))
		find(contacts.Not(either), "dac")
		find(contacts.Nin(extended+keySubscription, contacts.SubscriptionNotSet), "de")
		find(contacts.Gte("createdDate", cr.who['c'].CreatedDate), "ce")
		find(contacts.And(contacts.Gt(extended+"custom.shoe", -1.5), contacts.Lt(extended+"custom.shoe", 42)), "b")
		find(contacts.Lte("info.birthdate", "1985-12-01"), "b")
		find(contacts.And(contacts.HasSome("info.labelKeys", "custom.vip"), contacts.HasAll("info.labelKeys", "x")), "")
		find(contacts.In("id", cr.who['e'].ID, cr.who['a'].ID), "ae")
		find(contacts.And(), "dabce")
		find(contacts.Or(), "")
	})},
	{"FLT-3 the first that is wrong", Needs{}, func(k *kit) {
		refusesFilters(k, contacts.ErrFilterField,
			`{"info.shoe":1,"id":1}`, `{"$or":[{},{"$not":{"info.shoe":{"$like":[]}}}],"id":1}`)
		refusesFilters(k, contacts.ErrFilterOperator,
			`{"id":{"$gt":1,"$eq":1}}`, `{"id":{"$gt":null}}`, `{"$or":[{},{"$not":{"id":{"$nin":[]}}}],"id":1}`)
		refusesFilters(k, contacts.ErrFilterValueType,
			`{"id":{"$eq":1,"$gt":1}}`, `{"id":1,"$or":[{"info.shoe":1}]}`, `{"$and":[{"$or":[]},{"id":1}]}`,
			`{"$or":[{},{"id":1}]}`, `{"info.company":{"$in":[]},"id":1}`, `{"id":{"$in":[1,"x"]}}`)
		refusesFilters(k, contacts.ErrFilterValue, `{"id":"x","info.shoe":1}`, `{"id":{"$in":["x",1]}}`)
	}},
	{"FLT-3 what the error names", Needs{}, func(k *kit) {
		f := parsed(k, `{"info.company":"x","$and":[{"createdDate":{"$lte":5}},{"id":5}]}`)
		err := tryFilter(k, f).fails(k, contacts.ErrFilterValueType)
		same(k, "the error", contacts.QueryError{Field: "createdDate", Operator: "$lte"},
			*detail[*contacts.QueryError](k, err))
	}},
	{"FLT-4 the operators of each field", alone, ofCrowd(func(cr *crowd) {
		cr.hold()
		cr.forget() // or each refusal reads the contacts again
		for _, f := range filterFields {
			checkField(cr.kit, f)
		}
	})},
	{"FLT-4 fields that do not exist", Needs{}, func(k *kit) {
		k.hold()
		for _, field := range []string{
			"", "shoe", "info", "info.name", "info.emails", "info.phones.formattedPhone", "info.addresses.postalCode", "_id",
			"revision", "source", "ID", "INFO.COMPANY", " info.company", "info.company.", "info.extendedFields",
			"info.extendedFields.custom.missing", "info.extendedFields.items.invoices.vatId", "info.labelKeys.items",
			"memberInfo.status", "primaryPhone.deliverabilityStatus", "info.extendedFields.invoices.vatid",
		} {
			tryFilter(k, contacts.Eq(field, "x")).fails(k, contacts.ErrFilterField)
			tryFilter(k, contacts.Exists(field, true)).fails(k, contacts.ErrFilterField)
		}
	}},
	{"FLT-4 a custom field as long as it is defined", Needs{}, func(k *kit) {
		key := k.newField("Owls", contacts.DataNumber)
		c := k.create(valued("Ada", map[string]any{key: 42}))
		k.matches("the field", contacts.Eq(extended+key, 42), c)
		done(k.api().DeleteField(k.ctx(), key)).ok(k)
		k.forget()
		tryFilter(k, contacts.Eq(extended+key, 42)).fails(k, contacts.ErrFilterField)
	}},
	{"FLT-5 IDs and times", alone, ofCrowd(func(cr *crowd) {
		c := cr.quotedID('c')
		cr.meanings("id", c, "c", strings.ToUpper(c), "c", `{"$ne":`+c+`}`, "dabe",
			`{"$in":[`+cr.quotedID('e')+","+cr.quotedID('d')+","+cr.quotedID('e')+`]}`, "de",
			`{"$hasSome":[`+cr.quotedID('e')+`]}`, "e", `{"$exists":true}`, "dabce", `{"$exists":false}`, "")
		b := cr.quotedTime('b')
		cr.meanings("createdDate", b, "b", `{"$ne":`+b+`}`, "dace", `{"$gt":`+b+`}`, "ce", `{"$gte":`+b+`}`, "bce",
			`{"$lt":`+b+`}`, "da", `{"$lte":`+b+`}`, "dab", `{"$gt":`+b+`,"$lt":`+b+`}`, "",
			`{"$gte":`+b+`,"$lte":`+b+`}`, "b", `{"$lt":"0001-01-01T00:00:00Z"}`, "",
			`{"$gt":"0000-01-01T00:00:00Z"}`, "dabce", `{"$lte":"9999-12-31T23:59:59.999Z"}`, "dabce")
		finer := strings.TrimSuffix(b, `Z"`) + `0001Z"` // no time is as fine as that
		cr.meanings("createdDate", finer, "", `{"$lt":`+finer+`}`, "dab")
		cr.meanings("lastActivity.activityDate", `{"$lt":`+b+`}`, "da")
		got := cr.update(cr.who['a'], contacts.Patch{Company: contacts.Set("Acorn")})
		at := `"` + got.UpdatedDate.Format("2006-01-02T15:04:05.000Z07:00") + `"`
		cr.meanings("updatedDate", at, "a", `{"$lt":`+at+`}`, "dbce")
	})},
	{"FLT-5 lists and missing values", alone, ofCrowd(func(cr *crowd) {
		cr.meanings("info.emails.email", `{"$ne":"third@example.com"}`, "dabe", `{"$in":[]}`, "",
			`{"$in":["third@example.com","second@example.com"]}`, "ac", `{"$hasSome":["third@example.com"]}`, "c",
			`{"$startsWith":""}`, "abc", `{"$ne":" "}`, "dabce", `{"$exists":false}`, "de")
		cr.meanings("info.labelKeys", `{"$hasSome":["contacts.customers","custom.vip"]}`, "abc",
			`{"$hasAll":["contacts.customers","custom.vip"]}`, "a", `{"$hasAll":["custom.vip","custom.vip"]}`, "ab",
			`{"$hasSome":["custom.none","custom.vip"]}`, "ab", `{"$hasSome":["custom.VIP"]}`, "", `{"$hasSome":[]}`, "",
			`{"$hasAll":[]}`, "dabce")
		places := someIDs(2)
		cr.meanings("info.locations", `{"$hasSome":["`+places[0].String()+`"]}`, "a",
			`{"$hasAll":["`+places[1].String()+`"]}`, "ab", `{"$hasSome":["`+strings.ToUpper(places[1].String())+`"]}`, "ab")
		cr.means(`{"info.addresses.city":"Paris","info.addresses.country":"US"}`, "c")
		cr.meanings("info.addresses.country", `{"$ne":"US"}`, "dbe", `"France"`, "")
		cr.meanings("info.addresses.subdivision", `{"$in":["US-NY","US-IL"]}`, "ac", `{"$exists":false}`, "dbe")
		cr.meanings("info.birthdate", `"1990-05-17"`, "a", `{"$ne":"1990-05-17"}`, "dbce", `{"$gte":"0000-01-01"}`, "ab",
			`{"$lte":"9999-12-31"}`, "ab")
		cr.meanings("info.name.last", `{"$startsWith":""}`, "ab", `""`, "", `{"$ne":""}`, "dabce", `{"$exists":false}`, "dce")
	})},
	{"FLT-5 statuses", alone, ofCrowd(func(cr *crowd) {
		c := cr.who['c'].ID
		cr.subscribe(c, "eva@example.net", contacts.SubscriptionSubscribed)
		cr.tryDeliver(c, "eva@example.net", contacts.EmailDeliverabilityBounced).ok(cr.kit)
		cr.setMember(cr.who['b'].ID, member(contacts.MemberActive))
		cr.meanings("primaryEmail.subscriptionStatus", `"SUBSCRIBED"`, "c", `{"$ne":"SUBSCRIBED"}`, "dabe",
			`{"$in":["NOT_SET","PENDING"]}`, "ab", `{"$nin":["NOT_SET"]}`, "dce", `{"$nin":[]}`, "dabce")
		cr.meanings("primaryEmail.deliverabilityStatus", `"BOUNCED"`, "c")
		cr.meanings(extended+keySubscription, `"SUBSCRIBED"`, "c")
		cr.meanings(extended+keyDelivery, `{"$nin":["BOUNCED"]}`, "dabe")
		cr.meanings(extended+keyEffective, `{"$exists":true}`, "abc")
		cr.meanings("primaryPhone.subscriptionStatus", `"NOT_SET"`, "ae", `"NO_SUBSCRIPTION_STATUS"`, "b")
		cr.meanings(extended+keyMembership, `"APPROVED"`, "b", `{"$nin":["APPROVED","DENIED"]}`, "dace")
	})},
	{"FLT-5 extended fields", alone, ofCrowd(func(cr *crowd) {
		cr.meanings(extended+"custom.motto", `"Carpe diem"`, "a", `"carpe diem"`, "", `{"$startsWith":"carpe"}`, "a",
			`" "`, "c")
		cr.meanings(extended+"custom.site", `{"$in":["example.com/a","https://example.com/a"]}`, "a")
		cr.meanings(extended+"custom.shoe", `-0.0`, "b", `4.2e1`, "a", `{"$gt":5}`, "a", `{"$lt":0}`, "c", `{"$lte":0}`, "bc",
			`{"$ne":42}`, "dbce")
		cr.meanings(extended+"custom.since", `{"$lt":"2020-03-01"}`, "a", `{"$gte":"2020-03-01"}`, "b")
		cr.meanings(extended+keyByLast, `"Lee Ann"`, "a")
	})},
	{"FLT-6 emails and locales", alone, ofCrowd(func(cr *crowd) {
		for _, field := range []string{"primaryInfo.email", "primaryEmail.email"} {
			cr.meanings(field, `"aNN@example.COM"`, "ab", `"\tann@example.com "`, "ab", `{"$ne":"ann@example.com"}`, "dce",
				`"second@example.com"`, "", `{"$in":["ANN@example.com","eva@example.net"]}`, "abc",
				`{"$startsWith":"ANN@"}`, "ab", `{"$startsWith":" ann@"}`, "", `{"$exists":true}`, "abc")
		}
		cr.meanings("info.emails.email", `"SECOND@example.com"`, "a", `{"$startsWith":"s"}`, "a", `""`, "")
		cr.meanings("info.locale", `"EN-us"`, "a", `{"$in":["De","fr"]}`, "b", `{"$ne":"DE"}`, "dace")
	})},
	{"FLT-6 names, phones and other texts", alone, ofCrowd(func(cr *crowd) {
		cr.meanings("info.name.first", `"ann"`, "b", `{"$in":["ann","Dan"]}`, "db", `{"$startsWith":"AN"}`, "ab",
			`{"$startsWith":"annn"}`, "", `{"$begins":"éV"}`, "c")
		long := `["v1","v2","v3","v4","v5","v6","v7","v8","v9","Acorn","acorn"]`
		cr.meanings("info.company", `{"$in":`+long+`}`, "ab", `{"$in":`+strings.Replace(long, `["v1"`, `["acorn"`, 1)+`}`, "ab",
			`{"$in":["acorn",`+strings.TrimSuffix(long[1:], `,"Acorn","acorn"]`)+`]}`, "b")
		cr.meanings("info.company", `"acorn"`, "b", `{"$ne":"acorn"}`, "dace", `{"$startsWith":"A"}`, "ab")
		cr.meanings("info.jobTitle", `{"$startsWith":"b"}`, "da", `"Baker"`, "a")
		cr.meanings("primaryInfo.phone", `"201-555-0123"`, "a")
		cr.meanings("primaryPhone.phone", `"555-0199"`, "b")
		cr.meanings("info.phones.phone", `"(201) 555 0123"`, "b", `{"$startsWith":"(201"}`, "b")
		cr.meanings("info.phones.e164Phone", `"+12015550123"`, "ab", `{"$ne":"+12015550123"}`, "dce",
			`{"$startsWith":"+44"}`, "e", `{"$exists":true}`, "abe", `""`, "")
		cr.meanings("primaryPhone.e164Phone", `{"$exists":false}`, "dbc")
		cr.meanings("primaryPhone.formattedPhone", `"+44 20 7946 0018"`, "e")
		cr.meanings("primaryPhone.countryCode", `{"$in":["US","GB"]}`, "ae", `"us"`, "")
		cr.meanings("info.addresses.street", `"12 Harbor Street"`, "ab", `"Harbor Street 12"`, "b", `"Elm Row"`, "c",
			`"Harbor Street"`, "", `{"$startsWith":"harbor"}`, "b", `{"$exists":true}`, "abc", `{"$ne":"9 Oak Lane"}`, "dabe")
		cr.meanings("info.addresses.city", `"Springfield"`, "ac", `{"$startsWith":"SPRING"}`, "abc")
	})},
	{"FLT-6 letters without regard to case", Needs{}, func(k *kit) {
		for _, pair := range [][2]string{
			{"ΝΙΚΟΣ", "νικος"}, {"\u212aim", "kIM"}, {"STRAẞE", "straße"}, {"Ǆ", "ǆ"},
		} {
			c := k.create(person(pair[0]))
			k.matches(pair[1], contacts.StartsWith("info.name.first", pair[1]), c)
			k.remove(c.ID)
		}
		k.create(person("Straße"))
		k.matches("ss", contacts.StartsWith("info.name.first", "strasse"))
		c := k.create(person("Eve", "ΝΙΚΟΣ@example.com", "kim@example.com"))
		k.matches("an email", contacts.Eq("info.emails.email", "νικος@EXAMPLE.com"), c)
		k.matches("an email with K", contacts.Eq("info.emails.email", "\u212aim@example.com"))
		k.matches("the beginning of an email with K", contacts.StartsWith("info.emails.email", "\u212aim"))
		k.matches("the beginning of a primary email with K", contacts.StartsWith("primaryInfo.email", "\u212aim"))
	}},
	{"FLT-7 values that a field cannot have", Needs{}, func(k *kit) {
		k.hold()
		for _, value := range []string{
			`""`, `"yesterday"`, `"2026-01-02T03:04:05"`, `"2026-02-30T03:04:05Z"`, `"2026-01-02 03:04:05Z"`,
			`"9999-12-31T23:59:59-01:00"`, `"2026-01-02T03:04:05+0100"`,
		} {
			refusesFilters(k, contacts.ErrFilterValue, `{"createdDate":`+value+`}`)
		}
		for _, value := range []string{
			`""`, `"00000000000040008000000000000001"`, `"{00000000-0000-4000-8000-000000000001}"`,
			`"urn:uuid:00000000-0000-4000-8000-000000000001"`, `"g0000000-0000-4000-8000-000000000001"`,
		} {
			refusesFilters(k, contacts.ErrFilterValue, `{"id":`+value+`}`, `{"info.locations":{"$hasAll":[`+value+`]}}`)
		}
		for _, value := range []string{`""`, `"2023-02-29"`, `"2023-2-1"`, `"20260102"`} {
			refusesFilters(k, contacts.ErrFilterValue, `{"info.birthdate":`+value+`}`)
		}
		refusesFilters(k, contacts.ErrFilterValue, `{"info.name.first":"a\u0000"}`,
			`{"info.name.first":{"$startsWith":"\u0000"}}`,
			`{"`+extended+keyPurchases+`":1e999}`, `{"`+extended+keySubscription+`":"NO_SUBSCRIPTION_STATUS"}`)
		refusesFilters(k, contacts.ErrFilterValueType, `{"info.company":null}`, `{"info.company":{"$in":"x"}}`,
			`{"info.company":{"$in":["x",null]}}`, `{"info.company":{"$exists":1}}`, `{"info.labelKeys":{"$hasSome":{}}}`)
	}},
	{"FLT-8 bounds", Needs{}, func(k *kit) {
		c := k.create(contacts.Info{Name: contacts.Name{First: "Ada"}, Company: "Acorn"})
		acorns := func(n int) []contacts.Filter {
			return slices.Repeat([]contacts.Filter{contacts.Eq("info.company", "Acorn")}, n)
		}
		deep := func(n int) contacts.Filter {
			f := contacts.Eq("id", c.ID)
			for range n {
				f = contacts.And(f, contacts.Eq("id", c.ID))
			}
			return f
		}
		k.matches("1000 conditions", contacts.And(contacts.Or(acorns(997)...), contacts.Eq("id", c.ID)), c)
		k.matches("100 levels", deep(99), c)
		tryFilter(k, deep(100)).fails(k, contacts.ErrUnsupportedFilter)
		values := slices.Repeat([]string{"Acorn"}, 10_000)
		k.matches("10,000 values", contacts.In("info.company", values...), c)
		for _, f := range []contacts.Filter{
			contacts.Or(acorns(1000)...), deep(101), contacts.In("info.company", append(values, "Acorn")...),
			contacts.And(contacts.Eq("info.shoe", 1), contacts.Or(acorns(1000)...)),
		} {
			tryFilter(k, f).fails(k, contacts.ErrUnsupportedFilter)
		}
	}},
}
