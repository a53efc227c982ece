package contacts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// constants returns the string constants of a source file of the package by type, in the order of the file.
func constants(t *testing.T, file string) map[string][]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	words := make(map[string][]string)
	for _, decl := range f.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			name, ok := value.Type.(*ast.Ident)
			if !ok {
				continue
			}
			lit, ok := value.Values[0].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				continue
			}
			word, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			words[name.Name] = append(words[name.Name], word)
		}
	}
	return words
}

func valid[E interface {
	~string
	Valid() bool
}](word string) bool {
	return E(word).Valid()
}

var enums = []struct {
	name  string
	valid func(word string) bool
	words string
}{
	{"SourceType", valid[contacts.SourceType], `OTHER ADMIN WIX_APP IMPORT THIRD_PARTY WIX_BOOKINGS WIX_CHAT
		WIX_EMAIL_MARKETING WIX_EVENTS WIX_FORMS WIX_GROUPS WIX_HOTELS WIX_MARKET_PLACE WIX_MUSIC WIX_RESTAURANTS
		WIX_SITE_MEMBERS WIX_STORES WIX_CODE HOPP`},
	{"ActivityType", valid[contacts.ActivityType], `GENERAL CONTACT_CREATED MEMBER_LOGIN MEMBER_REGISTER
		MEMBER_STATUS_CHANGED FORM_SUBMITTED INBOX_FORM_SUBMITTED INBOX_PAYMENT_REQUEST_PAID INBOX_MESSAGE_TO_CUSTOMER
		INBOX_MESSAGE_FROM_CUSTOMER NEWSLETTER_SUBSCRIPTION_FORM_SUBMITTED NEWSLETTER_SUBSCRIPTION_UNSUBSCRIBE
		ECOM_PURCHASE ECOM_CART_ABANDON ECOM_CHECKOUT_BUYER BOOKINGS_APPOINTMENT HOTELS_RESERVATION HOTELS_PURCHASE
		HOTELS_CONFIRMATION HOTELS_CANCEL VIDEO_PURCHASE VIDEO_RENT CASHIER_BUTTON_PURCHASE ARENA_NEW_LEAD EVENTS_RSVP
		INVOICE_PAY INVOICE_OVERDUE PRICE_QUOTE_ACCEPT PRICE_QUOTE_EXPIRE RESTAURANTS_ORDER RESTAURANTS_RESERVATION
		SHOUTOUT_OPEN SHOUTOUT_CLICK CONTACT_MERGED NEWSLETTER_SUBSCRIPTION_SUBSCRIBE NEWSLETTER_SUBSCRIPTION_PENDING
		NEWSLETTER_SUBSCRIPTION_NOT_SET PHONE_SUBSCRIPTION_SUBSCRIBE PHONE_SUBSCRIPTION_PENDING
		PHONE_SUBSCRIPTION_NOT_SET PHONE_SUBSCRIPTION_UNSUBSCRIBE`},
	{"EmailTag", valid[contacts.EmailTag], "UNTAGGED MAIN HOME WORK"},
	{"PhoneTag", valid[contacts.PhoneTag], "UNTAGGED MAIN HOME MOBILE WORK FAX"},
	{"AddressTag", valid[contacts.AddressTag], "UNTAGGED HOME WORK BILLING SHIPPING"},
	{"SubdivisionType", valid[contacts.SubdivisionType], `UNKNOWN_SUBDIVISION_TYPE ADMINISTRATIVE_AREA_LEVEL_1
		ADMINISTRATIVE_AREA_LEVEL_2 ADMINISTRATIVE_AREA_LEVEL_3 ADMINISTRATIVE_AREA_LEVEL_4 ADMINISTRATIVE_AREA_LEVEL_5
		COUNTRY`},
	{"ImageProvider", valid[contacts.ImageProvider], "UNKNOWN EXTERNAL WIX_MEDIA"},
	{"SubscriptionStatus", valid[contacts.SubscriptionStatus],
		"NO_SUBSCRIPTION_STATUS NOT_SET PENDING SUBSCRIBED UNSUBSCRIBED"},
	{"EmailDeliverability", valid[contacts.EmailDeliverability], "NOT_SET VALID BOUNCED SPAM_COMPLAINT INACTIVE"},
	{"PhoneDeliverability", valid[contacts.PhoneDeliverability], "NO_PHONE_DELIVERABILITY_STATUS NOT_SET"},
	{"MembershipStatus", valid[contacts.MembershipStatus], "APPROVED DENIED PENDING INACTIVE"},
	{"MemberStatus", valid[contacts.MemberStatus], "PENDING ACTIVE DELETED BLOCKED OFFLINE"},
	{"PrivacyStatus", valid[contacts.PrivacyStatus], "PRIVATE PUBLIC"},
	{"Role", valid[contacts.Role], "UNSPECIFIED_ROLE OWNER CONTRIBUTOR"},
	{"SortOrder", valid[contacts.SortOrder], "ASC DESC"},
	{"Fieldset", valid[contacts.Fieldset], "BASIC COMMUNICATION_DETAILS EXTENDED FULL"},
	{"FacetType", valid[contacts.FacetType],
		"UNKNOWN ALL_CONTACTS NOT_LABELED LABEL SUBSCRIPTION_STATUS MEMBERSHIP_STATUS"},
	{"UpsertAction", valid[contacts.UpsertAction], "UPDATED CREATED UNCHANGED"},
	{"Existing", valid[contacts.Existing], "REFUSE SKIP MERGE UPDATE"},
	{"IdentityType", valid[contacts.IdentityType], "CONTACT MEMBER NOT_AUTHENTICATED_MEMBER"},
	{"LabelType", valid[contacts.LabelType], "SYSTEM USER_DEFINED WIX_APP_DEFINED"},
	{"DataType", valid[contacts.DataType], "TEXT NUMBER DATE URL"},
	{"FieldType", valid[contacts.FieldType], "SYSTEM USER_DEFINED"},
	{"JobType", valid[contacts.JobType], "UNKNOWN_TYPE DELETE UPDATE ADD_LABELS REMOVE_LABELS ADD_REMOVE_LABELS"},
	{"JobStatus", valid[contacts.JobStatus], "UNKNOWN_STATUS NEW LOADING RUNNING COMPLETED INDEXING"},
}

func TestEnums(t *testing.T) {
	declared := constants(t, "enums.go")
	for _, e := range enums {
		t.Run("JSON-4 "+e.name, func(t *testing.T) {
			words := strings.Fields(e.words)
			require.Equal(t, words, declared[e.name])
			for _, word := range words {
				require.True(t, e.valid(word), word)
				require.False(t, e.valid(strings.ToLower(word)), word)
				require.False(t, e.valid(word+" "), word)
				require.False(t, e.valid(" "+word), word)
				require.False(t, e.valid(word+"S"), word)
			}
			for _, word := range []string{"", "NONSENSE", words[0] + "\x00", words[0] + "," + words[1]} {
				require.False(t, e.valid(word), word)
			}
			delete(declared, e.name)
		})
	}
	t.Run("JSON-4 no enum is left out", func(t *testing.T) { require.Empty(t, declared) })
	t.Run("JSON-4 no file adds a word that Valid does not know", func(t *testing.T) {
		files, err := filepath.Glob("*.go")
		require.NoError(t, err)
		for _, file := range files {
			words := constants(t, file)
			for _, e := range enums {
				for _, word := range words[e.name] {
					require.True(t, e.valid(word), "%s: %s of %s", file, word, e.name)
				}
			}
		}
	})
}
