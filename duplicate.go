package contacts

// checkDuplicate reports DUPLICATE_CONTACT_EXISTS if the patch gives the contact a primary email, or without an email a
// primary phone, that another contact has as its primary one (DUP-1 to DUP-6).
func (t *tx) checkDuplicate(before, after *record, patch Patch) error {
	var other *record
	switch {
	case len(patch.Emails.value) > 0:
		if emailKey(before.contact.PrimaryInfo.Email) != emailKey(after.contact.PrimaryInfo.Email) {
			other = t.oldestWithEmail(after)
		}
		if other != nil {
			return duplicate(&DuplicateError{ID: other.contact.ID, Email: other.contact.PrimaryInfo.Email})
		}
	case len(patch.Phones.value) > 0:
		if phoneChanged(before.contact.PrimaryPhone, after.contact.PrimaryPhone) {
			other = t.oldestWithPhone(after)
		}
		if other != nil {
			return duplicate(&DuplicateError{ID: other.contact.ID, Phone: other.contact.PrimaryInfo.Phone})
		}
	}
	return nil
}

func duplicate(err *DuplicateError) error { return &Error{Code: ErrDuplicate, Err: err} }

// oldestWithEmail finds the oldest contact with the primary email of r and another ID.
func (t *tx) oldestWithEmail(r *record) *record {
	key := emailKey(r.contact.PrimaryInfo.Email)
	for other := range t.reads().byEmail(key) {
		if other.contact.ID != r.contact.ID && emailKey(other.contact.PrimaryInfo.Email) == key {
			return older(t.waiting.emails[key], other)
		}
	}
	return t.waiting.emails[key]
}

// oldestWithPhone finds the oldest contact with the primary phone of r and another ID.
func (t *tx) oldestWithPhone(r *record) *record {
	phone := r.contact.PrimaryPhone
	var oldest *record
	consider := func(other *record) bool {
		if other.contact.ID == r.contact.ID || !samePhone(other.contact.PrimaryPhone, phone) {
			return false
		}
		oldest = older(oldest, other)
		return true
	}
	if phone.E164 != "" {
		for other := range t.reads().byPhone(phone.E164) {
			if consider(other) {
				break
			}
		}
		oldest = older(oldest, t.waiting.e164s[phone.E164])
	}
	for other := range t.reads().byPrimaryPhone(phone.Phone) {
		if consider(other) {
			break
		}
	}
	for _, other := range t.waiting.phones[phone.Phone] {
		consider(other)
	}
	return oldest
}

// older returns the one of two contacts that comes first in the order of creation, or the one that there is.
func older(a, b *record) *record {
	if a == nil || b != nil && b.order.before(a.order) {
		return b
	}
	return a
}

// samePhone compares the E.164 forms, or the numbers as typed where either has no such form (DUP-3).
func samePhone(a, b PrimaryPhone) bool {
	if a.E164 != "" && b.E164 != "" {
		return a.E164 == b.E164
	}
	return a.Phone == b.Phone
}

// phoneChanged reports whether a primary phone became another number. A country can make another number of the same text.
func phoneChanged(before, after PrimaryPhone) bool {
	return before.E164 != after.E164 || after.E164 == "" && before.Phone != after.Phone
}
