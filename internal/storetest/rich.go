package storetest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// RichInfo returns an info with a value in every member and several items in every list.
func RichInfo(first string) contacts.Info {
	return contacts.Info{
		Name: contacts.Name{First: first, Last: "Quill"},
		Emails: []contacts.Email{
			{Tag: contacts.EmailHome, Address: first + ".home@x.test"},
			{Tag: contacts.EmailWork, Address: first + "@x.test", Primary: true},
		},
		Phones: []contacts.Phone{
			{Tag: contacts.PhoneWork, Number: "555-0199"},
			{Tag: contacts.PhoneMobile, CountryCode: "US", Number: "201-555-0123", Primary: true},
		},
		Addresses: []contacts.Address{
			{
				Tag:           contacts.AddressHome,
				StreetAddress: &contacts.StreetAddress{Number: "7", Name: "Elm Row", Apt: "2", FormattedAddressLine: "7 Elm Row"},
				Country:       "US", Subdivision: "US-NY", City: "Springvale", PostalCode: "10999", Hint: "Blue door",
				Geocode: &contacts.Geocode{Latitude: 41.5, Longitude: -73.5},
			},
			{Tag: contacts.AddressWork, AddressLine: "9 Oak Lane", AddressLine2: "Floor 3", City: "Springvale"},
		},
		Company: "Acorn", JobTitle: "Botanist", Birthdate: "1990-02-28", Locale: "en-us",
		LabelKeys:      []string{"contacts.contacted-me", "contacts.customers"},
		ExtendedFields: map[string]any{"invoices.vatId": "XX 123"},
		Picture: &contacts.Picture{
			Image: contacts.Image{
				ID: "pic", URL: "https://x.test/pic.png", Height: 10, Width: 20, AltText: "Leaf", Filename: "pic.png",
				URLExpirationDate: Epoch,
			},
			ImageProvider: contacts.ImageProviderExternal,
		},
		Locations:       []uuid.UUID{ID(9001), ID(9002)},
		AssignedUserIDs: []uuid.UUID{ID(9003), ID(9004)},
	}
}

// FullMember returns a member with a value in every part, as a store keeps it.
func FullMember() *contacts.Member {
	return &contacts.Member{
		MemberID: ID(7001), SignupDate: Epoch.AddDate(-1, 0, 0), Email: "login@y.test",
		EmailVerified: true, EmailVerificationRequired: true, Status: contacts.MemberActive,
		Profile: &contacts.MemberProfile{
			Nickname: "Fern", PrivacyStatus: contacts.PrivacyPublic, Reported: true, Muted: true,
			Photo: &contacts.Image{ID: "photo", URL: "https://x.test/photo.png", Height: 10, Width: 20},
		},
		User: &contacts.MemberUser{UserID: ID(7002), Role: contacts.RoleUnspecified},
		Session: &contacts.MemberSession{
			LastWebLogin: Epoch, LastMobileLogin: Epoch.Add(time.Hour), MobileAppNames: []string{"Garden", "Shop"},
		},
		GroupIDs: []uuid.UUID{ID(7003), ID(7004)},
	}
}

// WholeContact returns a contact with a value in every member that Import keeps. The IDs of its items follow ID(n).
func WholeContact(n uint64, first string) *contacts.Contact {
	info := RichInfo(first)
	for i := range 2 {
		info.Emails[i].ID = ID(n + 1 + uint64(i))
		info.Phones[i].ID = ID(n + 3 + uint64(i))
		info.Addresses[i].ID = ID(n + 5 + uint64(i))
	}
	maps.Copy(info.ExtendedFields, map[string]any{
		"members.mobile": "yes", "ecom.numOfPurchases": 3.0, "ecom.totalSpentAmount": 12.5,
		"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2025-12-24",
	})
	return &contacts.Contact{
		ID: ID(n), Revision: 7,
		Source:      contacts.Source{SourceType: contacts.SourceWixForms, AppID: "app", WixAppID: "old app"},
		CreatedDate: Epoch.AddDate(-2, 0, 0), UpdatedDate: Epoch.AddDate(-1, 0, 0),
		LastActivity: contacts.Activity{
			ActivityDate: Epoch.AddDate(0, -6, 0), ActivityType: contacts.ActivityFormSubmitted,
			Date: Epoch.AddDate(0, -7, 0), Description: "Asked for seeds",
			Icon: &contacts.Icon{Name: "leaf", URL: "https://x.test/leaf.png"},
		},
		PrimaryEmail: contacts.PrimaryEmail{
			Email: first + "@x.test", SubscriptionStatus: contacts.SubscriptionSubscribed,
			DeliverabilityStatus: contacts.EmailDeliverabilityBounced,
		},
		PrimaryPhone: contacts.PrimaryPhone{
			Phone: "201-555-0123", CountryCode: "US", E164: "+12015550123", Formatted: "+1 201-555-0123",
			SubscriptionStatus: contacts.SubscriptionUnsubscribed, DeliverabilityStatus: contacts.PhoneDeliverabilityNotSet,
		},
		Info: info, Member: FullMember(), Segments: []uuid.UUID{ID(9010), ID(9011), ID(9010)},
		Picture: &contacts.Image{
			ID: "old", URL: "https://x.test/old.png", Height: 3, Width: 4, AltText: "Root", Filename: "old.png",
			URLExpirationDate: Epoch.AddDate(1, 0, 0),
		},
	}
}

// WrongInfo returns an info that breaks a rule in every member. All texts in it contain mark.
func WrongInfo(mark string) contacts.Info {
	bad := mark + "\x00"
	long := strings.Repeat(mark, 400)
	return contacts.Info{
		Name:   contacts.Name{First: bad, Last: long},
		Emails: []contacts.Email{{Tag: contacts.EmailTag(mark), Address: mark}, {Address: bad}, {Address: long}},
		Phones: []contacts.Phone{{Tag: contacts.PhoneTag(mark), CountryCode: mark, Number: long}, {Number: bad}},
		Addresses: []contacts.Address{{
			Tag:           contacts.AddressTag(mark),
			StreetAddress: &contacts.StreetAddress{Number: long, Name: long, Apt: long, FormattedAddressLine: bad},
			AddressLine:   long, AddressLine2: bad, Country: mark, Subdivision: mark, City: long, PostalCode: long,
			FormattedAddress: long, Hint: long,
		}},
		Company: long, JobTitle: bad, Birthdate: mark, Locale: mark + "_" + mark,
		LabelKeys: slices.Repeat([]string{mark}, 2001),
		Picture: &contacts.Picture{
			Image:         contacts.Image{ID: bad, URL: "ftp://" + mark, Height: -1, AltText: bad, Filename: bad},
			ImageProvider: contacts.ImageProvider(mark),
		},
		Locations: []uuid.UUID{{}}, AssignedUserIDs: []uuid.UUID{{}},
	}
}
