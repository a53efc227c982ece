package contacts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
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
	{"failed log", contacts.ErrOutcomeUnknown, func(t *testing.T, _ *contacts.Store, _ *contacts.Contact) error {
		s := openLog(t, &brokenLog{Log: logtest.NewMemory(), err: errDisk})
		_, err := s.Create(t.Context(), secretInfo(), nil)
		return err
	}},
	{"after a failure of the log", contacts.ErrReadOnly, func(
		t *testing.T, _ *contacts.Store, _ *contacts.Contact,
	) error {
		s := openLog(t, &brokenLog{Log: logtest.NewMemory(), err: errDisk})
		_, err := s.Create(t.Context(), secretInfo(), nil)
		require.Error(t, err)
		_, err = s.Create(t.Context(), secretInfo(), nil)
		return err
	}},
	{"no commit", contacts.ErrCommitNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Outcome(t.Context(), testID(1))
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
			// Nor do the errors that it wraps.
			for e := range chain(err) {
				for form, text := range printed(t, e) {
					require.NotContains(t, strings.ToLower(text), strings.ToLower(secret), form)
				}
			}
		})
	}
	t.Run("ERR-3 every code was tried", func(t *testing.T) { require.Equal(t, codes, tried) })
}

// printed returns the forms in which a program prints an error.
func printed(t testing.TB, err error) map[string]string {
	t.Helper()
	forms := logs(err)
	text, failed := json.Marshal(err)
	require.NoError(t, failed)
	forms["JSON"] = string(text)
	for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
		forms[verb] = fmt.Sprintf(verb, err)
	}
	return forms
}

// logs returns the records in which package slog shows a value, in a group and alone.
func logs(v any) map[string]string {
	var text, object bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&object, nil)} {
		slog.New(h).Info("shown", "it", v, slog.Group("in", "it", v))
	}
	return map[string]string{"text log": text.String(), "JSON log": object.String()}
}

// mark is in every value below. It has the form of no key, field or operator.
const mark = "Zecret person@x.test"

// markAll sets all that is reachable from a value through exported fields: each text to mark, lists and maps to one
// item.
func markAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(mark)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(77777.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		markAll(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		markAll(v.Index(0))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]any{mark: mark}))
	case reflect.Array:
		if v.Type() == reflect.TypeFor[uuid.UUID]() {
			v.Set(reflect.ValueOf(testID(7)))
		}
	case reflect.Struct:
		for f, value := range v.Fields() {
			if f.IsExported() && v.Type() != reflect.TypeFor[time.Time]() {
				markAll(value)
			}
		}
	}
}

func marked[T any]() *T {
	v := new(T)
	markAll(reflect.ValueOf(v).Elem())
	return v
}

// dataErrors are the types of errors with data, and what each shows.
var dataErrors = []struct {
	err  error
	json string
}{
	{
		&contacts.Error{
			Code: contacts.ErrInvalid, ID: testID(7),
			Violations: []contacts.Violation{
				{Field: "info.company", Rule: contacts.RuleMaxLength, Threshold: 5},
				{Field: "info.birthdate", Rule: contacts.RuleFormat, Format: contacts.FormatLocalDate},
				{Field: "paging.cursor", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameCursor},
			},
			Err: marked[contacts.DuplicateError](),
		},
		`{"code":"INVALID_ARGUMENT","contactId":"ID","violations":[` +
			`{"field":"info.company","rule":"MAX_LENGTH","threshold":5},` +
			`{"field":"info.birthdate","rule":"FORMAT","format":"LOCAL_DATE"},` +
			`{"field":"paging.cursor","rule":"CUSTOM","ruleName":"INVALID_CURSOR"}],"message":"MESSAGE"}`,
	},
	{&contacts.Error{Code: contacts.ErrClosed}, `{"code":"STORE_CLOSED","message":"MESSAGE"}`},
	{marked[contacts.DuplicateError](), `{"message":"MESSAGE"}`},
	{marked[contacts.KeysError](), `{"message":"MESSAGE"}`},
	{&contacts.FieldValueError{Key: mark, DataType: contacts.DataDate}, `{"message":"MESSAGE"}`},
	{marked[contacts.QuotaError](), `{"message":"MESSAGE"}`},
	{
		&contacts.OutcomeError{Commit: testID(7), Err: context.Canceled},
		`{"message":"MESSAGE"}`,
	},
	{&contacts.CorruptError{File: "00000001.log", Offset: 12, Reason: "damaged"}, `{"code":"LOG_CORRUPT","message":"MESSAGE"}`},
	{marked[contacts.QueryError](), `{"message":"MESSAGE"}`},
	{marked[contacts.PositionError](), `{"message":"MESSAGE"}`},
	{
		&contacts.BlockedError{Blocks: []contacts.MergeBlock{{Blocker: contacts.SourceIsMember}}},
		`{"message":"MESSAGE"}`,
	},
	{&contacts.CheckError{Faults: []string{"index email"}}, `{"message":"MESSAGE"}`},
	{
		&contacts.LineError{Line: 3, Err: &contacts.Error{
			Code: contacts.ErrDuplicate, Err: marked[contacts.DuplicateError](),
		}},
		`{"line":3,"code":"DUPLICATE_CONTACT_EXISTS","message":"MESSAGE"}`,
	},
	{
		&contacts.RowError{Row: 2, Line: 3, ID: testID(7), Err: &contacts.Error{
			Code: contacts.ErrLabelNotFound, Err: marked[contacts.KeysError](),
		}},
		`{"row":2,"line":3,"code":"LABEL_NOT_FOUND","contactId":"ID","message":"MESSAGE"}`,
	},
	{&contacts.RowError{}, `{"row":0,"message":"MESSAGE"}`},
	{
		&contacts.BatchError{Index: 0, Err: &contacts.Error{Code: contacts.ErrContactNotFound, ID: testID(7)}},
		`{"index":0,"code":"CONTACT_NOT_FOUND","contactId":"ID","message":"MESSAGE"}`,
	},
	{&contacts.BatchError{}, `{"index":0,"message":"MESSAGE"}`},
}

func TestErrorsInLogs(t *testing.T) {
	seen := map[string]bool{"Code": true}
	for _, tc := range dataErrors {
		value := reflect.ValueOf(tc.err).Elem()
		seen[value.Type().Name()] = true
		t.Run("ERR-4 "+value.Type().Name(), func(t *testing.T) {
			message := tc.err.Error()
			text, err := json.Marshal(tc.err)
			require.NoError(t, err)
			want := strings.NewReplacer(`"ID"`, `"`+testID(7).String()+`"`, "MESSAGE", message).Replace(tc.json)
			require.JSONEq(t, want, string(text))
			alone, err := json.Marshal(value.Interface())
			require.NoError(t, err)
			require.Equal(t, string(text), string(alone), "the value without a pointer")
			for form, text := range printed(t, tc.err) {
				require.NotContains(t, text, "Zecret", form)
				require.NotContains(t, text, "person@", form)
			}
			for _, v := range []any{tc.err, value.Interface()} {
				require.Contains(t, strings.ReplaceAll(logs(v)["text log"], `"`, ""), "it="+message)
				require.Contains(t, logs(v)["JSON log"], `"it":`+strconv.Quote(message))
			}
		})
	}
	t.Run("ERR-4 every type of error is tried", func(t *testing.T) {
		require.ElementsMatch(t, slices.Collect(maps.Keys(seen)), methodsOf(t, "Error"))
	})
}

// methodsOf lists the exported types of the package that have a method.
func methodsOf(t testing.TB, method string) []string {
	t.Helper()
	var names []string
	for _, decl := range declarations(t) {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != method {
			continue
		}
		receiver := f.Recv.List[0].Type
		if p, ok := receiver.(*ast.StarExpr); ok {
			receiver = p.X
		}
		if name, ok := receiver.(*ast.Ident); ok && name.IsExported() {
			names = append(names, name.Name)
		}
	}
	return names
}

// declarations returns the declarations in the files of the package, without tests.
func declarations(t testing.TB) (list []ast.Decl) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		list = append(list, f.Decls...)
	}
	return list
}

// personal returns values of all types that can hold values of contacts, full of marks.
func personal(t *testing.T) []any {
	s := openStore(t, &contacts.Options{Region: "US"})
	info := richInfo(mark)
	info.Emails = []contacts.Email{{Address: "Zecret-person@x.test"}}
	c := create(t, s, info)
	c = update(t, s, c, contacts.Patch{Company: contacts.Set(mark)})
	group := contacts.DuplicateGroup{Pairs: []contacts.DuplicatePair{*marked[contacts.DuplicatePair]()}}
	out := []any{
		marked[contacts.Contact](), marked[contacts.Info](), marked[contacts.Name](), marked[contacts.Email](),
		marked[contacts.Phone](), marked[contacts.Address](), marked[contacts.StreetAddress](),
		marked[contacts.Geocode](), marked[contacts.Subdivision](), marked[contacts.Picture](),
		marked[contacts.Image](), marked[contacts.Member](), marked[contacts.MemberProfile](),
		marked[contacts.MemberUser](),
		marked[contacts.MemberSession](), marked[contacts.Source](), marked[contacts.Activity](),
		marked[contacts.Icon](), marked[contacts.PrimaryInfo](), marked[contacts.PrimaryEmail](),
		marked[contacts.PrimaryPhone](),
		marked[contacts.Row](), &contacts.Row{}, marked[contacts.BatchResult](), &contacts.BatchResult{},
		&contacts.BatchResult{Err: marked[contacts.DuplicateError]()}, marked[contacts.SharedValue](),
		marked[contacts.DuplicatePair](), marked[contacts.MergePlan](), marked[contacts.CreateOp](),
		marked[contacts.UpdateOp](), marked[contacts.CreateOptions](), marked[contacts.UpdateOptions](),
		marked[contacts.SubmitOp](), marked[contacts.UpsertOp](), marked[contacts.SetSubscriptionOp](),
		marked[contacts.SetDeliverabilityOp](), marked[contacts.SetMemberOp](), marked[contacts.SetSystemFieldsOp](),
		marked[contacts.SetBillingSubscriptionOp](), marked[contacts.RecordActivityOp](),
		marked[contacts.SubmitOptions](), marked[contacts.Page[*contacts.Contact]](), marked[contacts.Query](),
		marked[contacts.Selection](), new(wholePatch(*marked[contacts.Info]())), new(contacts.Set(mark)),
		new(contacts.Eq(mark, mark)), new(contacts.Filter{}), new(contacts.View{}), new(contacts.Change{}),
		new(contacts.Commit{}), new(contacts.Event{}), &contacts.Entry{Seq: 5, Data: []byte(mark)},
		new(contacts.And(contacts.Eq("info.company", mark), contacts.Or(contacts.In("id", mark), contacts.Filter{}))),
		&contacts.Options{Region: mark, DefaultSource: *marked[contacts.Source](), CursorKey: [32]byte{77}},
	}
	require.NoError(t, s.Delete(t.Context(), c.ID))
	require.NoError(t, s.Close())
	for commit, err := range s.Follow(t.Context(), 0) {
		if err != nil {
			break
		}
		out = append(out, &commit)
		for _, change := range commit.Changes {
			for _, v := range []contacts.View{change.Before, change.After} {
				if !v.IsZero() {
					out = append(out, &v)
					group.Contacts = append(group.Contacts, v)
				}
			}
			out = append(out, &change)
		}
		for event := range commit.Events() {
			out = append(out, &event)
		}
	}
	decoded := &contacts.Event{}
	require.NoError(t, json.Unmarshal([]byte(`{"entityFqdn":"wix.contacts.v4.label","slug":"deleted","entityId":"`+mark+
		`","entityEventSequence":"1"}`), decoded))
	return append(out, &group, decoded)
}

// impersonal lists the other exported types: those that hold no values of contacts, and stores, which show only
// addresses of memory.
var impersonal = strings.Fields(`BatchOptions BulkOptions DeleteFieldOp DeleteLabelOp DeleteOp DuplicateOptions Facet FacetOptions FeedStats
	Field FieldQuery FindOrCreateFieldOp FindOrCreateLabelOp GetOptions ImportOptions ImportProgress ImportReport
	Job JobError Label LabelOp LabelQuery LineLimits ListOptions LogStats MergeBlock MergeEntry MergeOp
	MergeOptions PageOptions Plan Recovery RenameFieldOp RenameLabelOp Resolution SavedSnapshot Snapshot Sort
	Stats Store Submission UnlabelOp UpsertOptions Violation`)

func TestContactsInLogs(t *testing.T) {
	seen := map[string]bool{}
	for i, v := range personal(t) {
		value := reflect.ValueOf(v).Elem()
		name, _, _ := strings.Cut(value.Type().Name(), "[")
		seen[name] = true
		t.Run(fmt.Sprintf("ERR-5 %s %d", name, i), func(t *testing.T) {
			for _, v := range []any{v, value.Interface()} {
				for form, text := range logs(v) {
					for _, leak := range []string{"Zecret", "person@", "Quill", "Acorn", "77777.5", "panic", "77 0 0"} {
						require.NotContains(t, text, leak, form)
					}
				}
			}
		})
	}
	t.Run("ERR-5 every exported type is tried, or holds no values", func(t *testing.T) {
		var structs []string
		for _, decl := range declarations(t) {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				name := spec.(*ast.TypeSpec).Name
				_, isStruct := spec.(*ast.TypeSpec).Type.(*ast.StructType)
				if isStruct && name.IsExported() && !strings.HasSuffix(name.Name, "Error") {
					structs = append(structs, name.Name)
				}
			}
		}
		require.ElementsMatch(t, append(slices.Collect(maps.Keys(seen)), impersonal...), append(structs, "JobError"))
	})
	for _, tc := range []struct {
		name string
		v    any
		want string
	}{
		{"a contact", marked[contacts.Contact](), "it.id=ID it.revision=7 it.fields=\"[Name Emails Phones"},
		{"a row", marked[contacts.Row](), "it.line=7 it.contact.id=ID it.contact.revision=7 it.contact.fields="},
		{"an email", marked[contacts.Email](), "it.id=ID it.fields=\"[Tag Address Primary]\""},
		{"a patch", contacts.Patch{Company: contacts.Set("x"), SetFields: map[string]any{}}, "it.fields=[Company]"},
		{"a page", contacts.Page[int]{Items: []int{1}, Total: 3}, "it.items=1 it.offset=0 it.total=3 it.hasNext=false"},
		{"a filter", contacts.And(contacts.Eq("info.company", "x"), contacts.Exists("id", true)),
			"it=\"[field info.company: $eq field id: $exists]\""},
		{"a query", contacts.Query{Search: "x"}, "it.fields=[Search]"},
	} {
		t.Run("ERR-5 "+tc.name, func(t *testing.T) {
			require.Contains(t, logs(tc.v)["text log"], strings.ReplaceAll(tc.want, "ID", testID(7).String()))
		})
	}
	t.Run("ERR-5 an event", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ann"))
		_, _, err := s.FindOrCreateLabel(t.Context(), "Vip")
		require.NoError(t, err)
		require.NoError(t, s.Close())
		var texts []string
		for commit := range s.Follow(t.Context(), 0) {
			for event := range commit.Events() {
				texts = append(texts, logs(event)["text log"])
			}
		}
		require.Contains(t, texts[0],
			"it.sequence=1 it.change.kind=contact_created it.change.contact.id="+c.ID.String()+
				` it.change.contact.revision=1 it.change.contact.fields="[Name ExtendedFields]"`)
		require.Contains(t, texts[1], "it.sequence=2 it.change.kind=label_created it.change.key=custom.vip")
	})
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
