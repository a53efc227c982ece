package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// codes lists all codes with their text, which is the contract.
var codes = map[contacts.Code]string{
	contacts.ErrInvalid:                   "INVALID_ARGUMENT",
	contacts.ErrContactNotFound:           "CONTACT_NOT_FOUND",
	contacts.ErrAlreadyChanged:            "CONTACT_ALREADY_CHANGED",
	contacts.ErrDuplicate:                 "DUPLICATE_CONTACT_EXISTS",
	contacts.ErrIDExists:                  "CONTACT_ID_ALREADY_EXISTS",
	contacts.ErrInsufficientData:          "INSUFFICIENT_CONTACT_DATA",
	contacts.ErrInsufficientUpdate:        "INSUFFICIENT_UPDATE_CONTACT_DATA",
	contacts.ErrMultiplePrimary:           "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO",
	contacts.ErrInvalidFieldValue:         "INVALID_EXTENDED_FIELD_VALUE",
	contacts.ErrFieldNotFound:             "EXTENDED_FIELD_NOT_FOUND",
	contacts.ErrLabelNotFound:             "LABEL_NOT_FOUND",
	contacts.ErrUpdateMemberEmail:         "CANNOT_UPDATE_MEMBER_EMAIL",
	contacts.ErrDeleteMember:              "CANNOT_DELETE_MEMBER",
	contacts.ErrDeleteBillingSubscription: "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION",
	contacts.ErrDeleteOwnerOrContributor:  "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR",
	contacts.ErrIllegalMerge:              "ILLEGAL_MERGE",
	contacts.ErrFailedPrecondition:        "FAILED_PRECONDITION",
	contacts.ErrPlanOutdated:              "MERGE_PLAN_OUTDATED",
	contacts.ErrSystemLabel:               "SYSTEM_LABEL_READ_ONLY",
	contacts.ErrSystemField:               "SYSTEM_FIELD_READ_ONLY",
	contacts.ErrLabelsQuota:               "LABELS_QUOTA_REACHED",
	contacts.ErrFieldsQuota:               "FIELDS_QUOTA_EXCEEDED",
	contacts.ErrPositionExpired:           "POSITION_EXPIRED",
	contacts.ErrClosed:                    "STORE_CLOSED",
	contacts.ErrInternal:                  "INTERNAL",
	contacts.ErrInvalidExport:             "INVALID_EXPORT",
	contacts.ErrSortField:                 "UNSUPPORTED_SORT_FIELD",
	contacts.ErrIllegalLimit:              "ILLEGAL_LIMIT",
	contacts.ErrMalformedFilter:           "MALFORMED_FILTER",
	contacts.ErrUnsupportedFilter:         "UNSUPPORTED_FILTER",
	contacts.ErrFilterField:               "UNSUPPORTED_FILTER_FIELD_UNKNOWN",
	contacts.ErrFilterOperator:            "UNSUPPORTED_FILTER_OPERATOR",
	contacts.ErrFilterValue:               "UNSUPPORTED_FILTER_VALUE",
	contacts.ErrFilterValueType:           "UNSUPPORTED_FILTER_VALUE_TYPE",
	contacts.ErrDefinitionSort:            "INVALID_SORT",
	contacts.ErrDefinitionFilterField:     "UNSUPPORTED_FILTER_FIELD",
	contacts.ErrNoFilterOrSearch:          "NEITHER_FILTER_NOR_SEARCH",
	contacts.ErrDeleteSiteMembers:         "CANNOT_DELETE_SITE_MEMBERS",
	contacts.ErrJobNotFound:               "BULK_JOB_NOT_FOUND",
	contacts.ErrInsufficientPermission:    "INSUFFICIENT_PERMISSION",
	contacts.ErrReadOnly:                  "STORE_READ_ONLY",
	contacts.ErrOutcomeUnknown:            "OUTCOME_UNKNOWN",
	contacts.ErrCommitNotFound:            "COMMIT_NOT_FOUND",
}

func TestCodes(t *testing.T) {
	for code, text := range codes {
		t.Run("ERR-1 "+text, func(t *testing.T) {
			require.Equal(t, text, string(code))
			require.Equal(t, text, code.Error())
		})
	}
	t.Run("ERR-1 no code is left out", func(t *testing.T) {
		require.ElementsMatch(t, slices.Collect(maps.Values(codes)), constants(t, "errors.go")["Code"])
	})
}

func TestCodeOf(t *testing.T) {
	cause := &contacts.KeysError{Keys: []string{"custom.a"}}
	for code := range codes {
		plain := &contacts.Error{Code: code}
		caused := &contacts.Error{Code: code, Err: cause}
		for name, err := range map[string]error{
			"the code itself":   code,
			"an Error":          plain,
			"an Error of cause": caused,
			"wrapped":           fmt.Errorf("import: %w", plain),
			"wrapped code":      fmt.Errorf("import: %w", code),
			"wrapped twice":     fmt.Errorf("row 7: %w", fmt.Errorf("import: %w", caused)),
			"joined":            errors.Join(errors.New("first"), plain),
			"among several":     fmt.Errorf("%w, then %w", context.Canceled, caused),
		} {
			t.Run("ERR-2 "+string(code)+" "+name, func(t *testing.T) {
				require.Equal(t, code, contacts.CodeOf(err))
				for other := range codes {
					require.Equal(t, other == code, errors.Is(err, other), other)
				}
			})
		}
		t.Run("ERR-2 the cause of "+string(code), func(t *testing.T) {
			var keys *contacts.KeysError
			require.ErrorAs(t, fmt.Errorf("import: %w", caused), &keys)
			require.Same(t, cause, keys)
		})
	}
	for name, err := range map[string]error{
		"nil": nil, "another error": errors.New("CONTACT_NOT_FOUND"), "context.Canceled": context.Canceled,
		"a cause alone": cause,
	} {
		t.Run("ERR-2 no code: "+name, func(t *testing.T) { require.Empty(t, contacts.CodeOf(err)) })
	}
	t.Run("ERR-2 a done context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newStore(t).Create(ctx, person("Ann"), nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("ERR-2 methods return no typed nil", func(t *testing.T) {
		s := newStore(t)
		c, err := s.Create(t.Context(), person("Ann"), nil)
		require.True(t, err == nil)
		_, err = s.Update(t.Context(), c.ID, 1, contacts.Patch{Company: contacts.Set("x")}, nil)
		require.True(t, err == nil)
		err = s.Delete(t.Context(), c.ID)
		require.True(t, err == nil)
	})
}

// secret is part of every value in the calls below.
const secret = "Zecret"

// secretInfo is a valid info whose values are all secret. Messages may name keys of fields and labels, which identify
// definitions, not people.
func secretInfo() contacts.Info {
	return contacts.Info{
		Name:   contacts.Name{First: secret, Last: secret},
		Emails: []contacts.Email{{Address: secret + "@" + secret + ".test"}},
		Phones: []contacts.Phone{{Number: secret}},
		Addresses: []contacts.Address{{
			AddressLine: secret, AddressLine2: secret, City: secret, PostalCode: secret, FormattedAddress: secret, Hint: secret,
		}},
		Company: secret, JobTitle: secret,
		ExtendedFields: map[string]any{keyVATID: secret},
		Picture: &contacts.Picture{Image: contacts.Image{
			ID: secret, URL: "https://img.test/" + secret, AltText: secret, Filename: secret,
		}},
	}
}

// wrongInfo breaks a rule in every member; all of its values are secret.
func wrongInfo() contacts.Info { return storetest.WrongInfo(secret) }

// secretMember is a member whose values are all secret.
func secretMember() *contacts.Member {
	return &contacts.Member{
		MemberID: testID(1 << 40), Email: secret + "@mail.test", Status: contacts.MemberActive,
		Profile: &contacts.MemberProfile{Nickname: secret},
		Session: &contacts.MemberSession{MobileAppNames: []string{secret}},
	}
}

// leak is a call that fails while it handles secret values. The contact is made of secretInfo.
type leak struct {
	name string
	want contacts.Code
	call func(t *testing.T, s *contacts.Store, c *contacts.Contact) error
}

var leaks = []leak{
	{"create with all wrong", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Create(t.Context(), wrongInfo(), &contacts.CreateOptions{
			Source: contacts.Source{SourceType: secret, AppID: secret + "\x00", WixAppID: strings.Repeat(secret, 400)},
		})
		require.Len(t, violations(t, err), 40)
		return err
	}},
	{"update with all wrong", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Update(t.Context(), c.ID, 1, wholePatch(wrongInfo()), nil)
		return err
	}},
	{"options", contacts.ErrInvalid, func(*testing.T, *contacts.Store, *contacts.Contact) error {
		_, err := contacts.New(&contacts.Options{
			Region: secret, DefaultSource: contacts.Source{SourceType: secret, AppID: secret + "\x00"},
		})
		return err
	}},
	{"projection", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Get(t.Context(), c.ID, &contacts.GetOptions{
			Fields: []string{secret}, Fieldsets: []contacts.Fieldset{secret},
		})
		return err
	}},
	{"member", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{
			Email: secret, Status: secret,
			Profile: &contacts.MemberProfile{
				Nickname: strings.Repeat(secret, 400), PrivacyStatus: secret, Photo: &contacts.Image{URL: secret},
			},
			User:    &contacts.MemberUser{Role: secret},
			Session: &contacts.MemberSession{MobileAppNames: []string{strings.Repeat(secret, 400)}},
		})
		return err
	}},
	{"subscription", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetSubscription(t.Context(), c.ID, "no"+secret+"@mail.test", contacts.SubscriptionPending)
		return err
	}},
	{"deliverability", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetDeliverability(t.Context(), c.ID, "no"+secret+"@mail.test", secret)
		return err
	}},
	{"activity", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.RecordActivity(t.Context(), c.ID, secret, epoch)
		return err
	}},
	{"label name", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.FindOrCreateLabel(t.Context(), strings.Repeat(secret, 400))
		return err
	}},
	{"field name and type", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.FindOrCreateField(t.Context(), secret+"\x00", secret)
		return err
	}},
	{"get", contacts.ErrContactNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Get(t.Context(), testID(1<<40), nil)
		return err
	}},
	{"update of a missing contact", contacts.ErrContactNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Update(t.Context(), testID(1<<40), 1, wholePatch(secretInfo()), nil)
		return err
	}},
	{"stale revision", contacts.ErrAlreadyChanged, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Update(t.Context(), c.ID, 7, wholePatch(secretInfo()), nil)
		return err
	}},
	{"email twice", contacts.ErrDuplicate, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Create(t.Context(), secretInfo(), nil)
		return err
	}},
	{"phone twice", contacts.ErrDuplicate, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: numberLoose}}}) // the secret would identify no one
		_, err := s.Create(t.Context(), contacts.Info{Phones: []contacts.Phone{{Number: numberLoose}}}, nil)
		require.NotContains(t, err.Error(), numberLoose)
		return err
	}},
	{"ID twice", contacts.ErrIDExists, func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
		s := openStore(t, &contacts.Options{NewID: func() uuid.UUID { return testID(1) }})
		create(t, s, secretInfo())
		_, err := s.Create(t.Context(), secretInfo(), &contacts.CreateOptions{AllowDuplicates: true})
		return err
	}},
	{"no data", contacts.ErrInsufficientData, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		info := secretInfo()
		info.Name, info.Emails, info.Phones = contacts.Name{}, nil, nil
		_, err := s.Create(t.Context(), info, nil)
		return err
	}},
	{"empty patch", contacts.ErrInsufficientUpdate, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{}, nil)
		return err
	}},
	{"two primaries", contacts.ErrMultiplePrimary, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		info := secretInfo()
		info.Phones = repeated(2, contacts.Phone{Number: secret, Primary: true})
		_, err := s.Create(t.Context(), info, nil)
		return err
	}},
	{"field value", contacts.ErrInvalidFieldValue, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		info := secretInfo()
		info.ExtendedFields = map[string]any{keyVATID: secret + "\x00"}
		_, err := s.Create(t.Context(), info, nil)
		return err
	}},
	{"field value of a bad type", contacts.ErrInvalidFieldValue,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			info := secretInfo()
			info.ExtendedFields = map[string]any{keyVATID: []any{secret}}
			_, err := s.Create(t.Context(), info, nil)
			return err
		}},
	{"unknown field", contacts.ErrFieldNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		info := secretInfo()
		info.ExtendedFields = map[string]any{"custom.age": secret}
		_, err := s.Create(t.Context(), info, nil)
		return err
	}},
	{"unknown label", contacts.ErrLabelNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		info := secretInfo()
		info.LabelKeys = []string{"custom.vip"}
		_, err := s.Create(t.Context(), info, nil)
		return err
	}},
	{"email of a member", contacts.ErrUpdateMemberEmail,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			c, err := s.SetMember(t.Context(), c.ID, secretMember())
			require.NoError(t, err)
			_, err = s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{
				Emails: contacts.Set([]contacts.Email{{Address: "new" + secret + "@mail.test"}}),
			}, nil)
			return err
		}},
	{"delete a member", contacts.ErrDeleteMember, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetMember(t.Context(), c.ID, secretMember())
		require.NoError(t, err)
		return s.Delete(t.Context(), c.ID)
	}},
	{"delete an owner", contacts.ErrDeleteOwnerOrContributor,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			member := secretMember()
			member.User = &contacts.MemberUser{Role: contacts.RoleOwner}
			_, err := s.SetMember(t.Context(), c.ID, member)
			require.NoError(t, err)
			return s.Delete(t.Context(), c.ID)
		}},
	{"delete who pays", contacts.ErrDeleteBillingSubscription,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.SetBillingSubscription(t.Context(), c.ID, true)
			require.NoError(t, err)
			return s.Delete(t.Context(), c.ID)
		}},
	{"merge with itself", contacts.ErrIllegalMerge, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Merge(t.Context(), c.ID, 1, []uuid.UUID{c.ID}, nil)
		return err
	}},
	{"merge into too many emails", contacts.ErrIllegalMerge,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			var info contacts.Info
			for i := range 50 {
				info.Emails = append(info.Emails, contacts.Email{Address: secret + strconv.Itoa(i) + "@mail.test"})
			}
			_, err := s.Merge(t.Context(), c.ID, 1, []uuid.UUID{create(t, s, info).ID}, nil)
			return err
		}},
	{"merge a member away", contacts.ErrFailedPrecondition,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			source, err := s.SetMember(t.Context(), create(t, s, secretInfo()).ID, secretMember())
			require.NoError(t, err)
			_, err = s.Merge(t.Context(), c.ID, 1, []uuid.UUID{source.ID}, nil)
			return err
		}},
	{"merge by an old plan", contacts.ErrPlanOutdated,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Merge(t.Context(), c.ID, 1, []uuid.UUID{create(t, s, secretInfo()).ID}, &contacts.MergeOptions{
				Plan: contacts.Fingerprint{1},
			})
			return err
		}},
	{"follow from too early", contacts.ErrPositionExpired,
		func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
			s := openStore(t, &contacts.Options{FeedSize: 1})
			create(t, s, secretInfo())
			create(t, s, secretInfo())
			for _, err := range s.Follow(t.Context(), 0) {
				return err
			}
			return nil
		}},
	{"rename a system label", contacts.ErrSystemLabel,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.RenameLabel(t.Context(), "contacts.customers", secret)
			return err
		}},
	{"rename a system field", contacts.ErrSystemField,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.RenameField(t.Context(), keyVATID, secret)
			return err
		}},
	{"label over the quota", contacts.ErrLabelsQuota,
		func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
			s := openStore(t, &contacts.Options{LabelQuota: 1})
			_, _, err := s.FindOrCreateLabel(t.Context(), secret)
			require.NoError(t, err)
			_, _, err = s.FindOrCreateLabel(t.Context(), "another "+secret)
			return err
		}},
	{"field over the quota", contacts.ErrFieldsQuota,
		func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
			s := openStore(t, &contacts.Options{FieldQuota: 1})
			_, _, err := s.FindOrCreateField(t.Context(), secret, contacts.DataText)
			require.NoError(t, err)
			_, _, err = s.FindOrCreateField(t.Context(), "another "+secret, contacts.DataText)
			return err
		}},
	{"no export", contacts.ErrInvalidExport, func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
		_, err := contacts.Load(t.Context(), strings.NewReader(secret), nil)
		return err
	}},
	{"broken filter", contacts.ErrMalformedFilter, func(*testing.T, *contacts.Store, *contacts.Contact) error {
		_, err := contacts.ParseFilter([]byte(`{"info.name.first": {"` + secret + `": "` + secret + `"}}`))
		return err
	}},
	{"unknown operator for filters", contacts.ErrUnsupportedFilter,
		func(*testing.T, *contacts.Store, *contacts.Contact) error {
			_, err := contacts.ParseFilter([]byte(`{"$nor": ["` + secret + `"]}`))
			return err
		}},
	{"filter by an address", contacts.ErrFilterField, counted(contacts.Eq(secret+"@mail.test", secret))},
	{"filter with an operator", contacts.ErrFilterOperator, counted(contacts.Gt("info.name.first", secret))},
	{"filter by an impossible date", contacts.ErrFilterValue, counted(contacts.Gt("createdDate", secret))},
	{"filter by a list", contacts.ErrFilterValueType, counted(contacts.Eq("info.name.first", []string{secret}))},
	{"sort by an address", contacts.ErrSortField, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.List(t.Context(), contacts.Query{Sort: []contacts.Sort{{Field: secret + "@mail.test"}}}, nil)
		return err
	}},
	{"labels by an address", contacts.ErrDefinitionFilterField,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.ListLabels(t.Context(), contacts.LabelQuery{Filter: contacts.Eq(secret+"@mail.test", secret)}, nil)
			return err
		}},
	{"fields by an address", contacts.ErrDefinitionSort,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.ListFields(t.Context(), contacts.FieldQuery{Sort: sorts(secret + "@mail.test")}, nil)
			return err
		}},
	{"labels of a type", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.ListLabels(t.Context(), contacts.LabelQuery{
			LabelType: secret, Namespace: strings.Repeat(secret, 9), StartsWith: secret + "\x00",
		}, nil)
		return err
	}},
	{"facets by an address", contacts.ErrFilterField,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.Facets(t.Context(), contacts.Eq(secret+"@mail.test", secret), nil)
			return err
		}},
	{"long search", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Snapshot().Count(contacts.Query{
			Search: strings.Repeat(secret, 20), Sort: []contacts.Sort{{Field: secret + "\x00", Order: secret}},
		})
		return err
	}},
	{"made-up cursor", contacts.ErrInvalid, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.List(t.Context(), contacts.Query{}, &contacts.ListOptions{Cursor: secret})
		return err
	}},
	{"large page", contacts.ErrIllegalLimit, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.List(t.Context(), contacts.Query{Search: secret}, &contacts.ListOptions{Limit: 1001})
		return err
	}},
	{"closed store", contacts.ErrClosed, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		require.NoError(t, s.Close())
		_, err := s.Create(t.Context(), secretInfo(), nil)
		return err
	}},
	{"no ID", contacts.ErrInternal, func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
		s := openStore(t, &contacts.Options{NewID: func() uuid.UUID { return uuid.Nil }})
		_, err := s.Create(t.Context(), secretInfo(), nil)
		return err
	}},
}

// counted counts the matches of a filter.
func counted(f contacts.Filter) func(*testing.T, *contacts.Store, *contacts.Contact) error {
	return func(_ *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Snapshot().Count(contacts.Query{Filter: f})
		return err
	}
}

func TestMessagesHoldNoValues(t *testing.T) {
	tried := make(map[contacts.Code]string)
	for _, tc := range leaks {
		tried[tc.want] = string(tc.want)
		t.Run("ERR-3 "+tc.name, func(t *testing.T) {
			s := newStore(t)
			err := tc.call(t, s, create(t, s, secretInfo()))
			require.Equal(t, tc.want, contacts.CodeOf(err))
			require.Contains(t, err.Error(), string(tc.want))
			for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
				require.NotContains(t, strings.ToLower(fmt.Sprintf(verb, err)), strings.ToLower(secret), verb)
			}
			// Nor do the messages of the errors that it wraps.
			for e := range chain(err) {
				require.NotContains(t, strings.ToLower(e.Error()), strings.ToLower(secret))
			}
		})
	}
	t.Run("ERR-3 every code was tried", func(t *testing.T) { require.Equal(t, codes, tried) })
}

// chain yields err and all errors that it wraps.
func chain(err error) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		todo := []error{err}
		for len(todo) > 0 {
			e := todo[0]
			todo = todo[1:]
			if !yield(e) {
				return
			}
			if many, ok := e.(interface{ Unwrap() []error }); ok {
				todo = append(todo, many.Unwrap()...)
			} else if one := errors.Unwrap(e); one != nil {
				todo = append(todo, one)
			}
		}
	}
}

func TestErrorsNameFields(t *testing.T) {
	s := newStore(t)
	c := create(t, s, person("Ann"))
	t.Run("ERR-3 the message names field and contact", func(t *testing.T) {
		_, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Birthdate: contacts.Set("soon")}, nil)
		require.ErrorContains(t, err, "info.birthdate")
		require.ErrorContains(t, err, c.ID.String())
	})
	t.Run("ERR-3 every rule is described", func(t *testing.T) {
		seen := make(map[string]bool)
		for _, rule := range constants(t, "errors.go")["Rule"] {
			v := contacts.Violation{Field: "info.company", Rule: contacts.Rule(rule), RuleName: "ONE_OF", Format: "TEXT"}
			require.NotEmpty(t, v.Description())
			require.NotContains(t, v.Description(), "info.company")
			require.False(t, seen[v.Description()], rule)
			seen[v.Description()] = true
		}
	})
}

func TestKeysInMessages(t *testing.T) {
	t.Run("ERR-3 texts that are not keys are only counted", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ada"))
		_, err := s.Label(t.Context(), c.ID, "custom.unknown", "ada@example.com\nforged line", "Ada")
		require.ErrorIs(t, err, contacts.ErrLabelNotFound)
		require.Contains(t, err.Error(), "custom.unknown")
		require.Contains(t, err.Error(), "2 malformed")
		require.NotContains(t, err.Error(), "ada")
		require.NotContains(t, err.Error(), "Ada")
	})
}
