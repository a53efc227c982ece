package contacts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// exportedLines returns the lines of an export, without the last one.
func exportedLines(export string) []string {
	lines := strings.Split(strings.TrimSuffix(export, "\n"), "\n")
	return lines[:len(lines)-1]
}

// sealed makes an export of lines: it appends the last line, which counts them and sums them up.
func sealed(lines ...string) string {
	counts := make(map[string]int)
	sum := sha256.New()
	for _, line := range lines {
		var tags map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &tags) == nil && len(tags) == 1 {
			for tag := range tags {
				counts[tag]++
			}
		}
		io.WriteString(sum, strings.TrimSuffix(line, "\r")+"\n")
	}
	end := fmt.Sprintf(`{"end":{"labels":%d,"fields":%d,"contacts":%d,"redirects":%d,"sha256":"%x"}}`,
		counts["label"], counts["field"], counts["contact"], counts["redirect"], sum.Sum(nil))
	return strings.Join(append(slices.Clone(lines), end), "\n") + "\n"
}

// smallStore returns a store whose export has every kind of line, and every member that is not part of a contact.
func smallStore(t testing.TB) *contacts.Store {
	t.Helper()
	s := newStore(t)
	info := person("Ann", "Ann@x.test")
	info.Phones = []contacts.Phone{number("US", numberUS)}
	info.LabelKeys = []string{newLabel(t, s, "VIP")}
	info.ExtendedFields = map[string]any{newField(t, s, "Shoe size", contacts.DataNumber): 42.5}
	ann := create(t, s, info)
	_, err := s.SetSubscription(t.Context(), ann.ID, "ann@x.test", subscribed)
	require.NoError(t, err)
	_, err = s.SetSubscription(t.Context(), ann.ID, numberUS, unsubscribed)
	require.NoError(t, err)
	_, err = s.SetBillingSubscription(t.Context(), ann.ID, true)
	require.NoError(t, err)
	absorb(t, s, ann.ID, create(t, s, person("Bob")).ID)
	create(t, s, person("Cyd"))
	return s
}

// smallExport is the export of smallStore.
const smallExport = `{"contactsStore":{"version":1,"position":9,"changes":11,"time":"2026-01-02T03:04:14.000Z"}}
{"label":{"namespace":"custom","namespaceDisplayName":"Labels","key":"custom.vip","displayName":"VIP",` +
	`"labelType":"USER_DEFINED","createdDate":"2026-01-02T03:04:06.000Z","updatedDate":"2026-01-02T03:04:06.000Z"}}
{"field":{"namespace":"custom","key":"custom.shoe-size","displayName":"Shoe size","dataType":"NUMBER",` +
	`"fieldType":"USER_DEFINED","createdDate":"2026-01-02T03:04:07.000Z","updatedDate":"2026-01-02T03:04:07.000Z"}}
{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":5,"source":{"sourceType":"OTHER"},` +
	`"createdDate":"2026-01-02T03:04:08.000Z","updatedDate":"2026-01-02T03:04:13.000Z",` +
	`"lastActivity":{"activityDate":"2026-01-02T03:04:13.000Z","activityType":"CONTACT_MERGED"},` +
	`"info":{"name":{"first":"Ann"},` +
	`"emails":{"items":[{"id":"00000000-0000-4000-8000-000000000002","tag":"UNTAGGED","email":"Ann@x.test","primary":true}]},` +
	`"phones":{"items":[{"id":"00000000-0000-4000-8000-000000000003","tag":"UNTAGGED","countryCode":"US",` +
	`"phone":"201-555-0123","e164Phone":"+12015550123","formattedPhone":"+1 201-555-0123","primary":true}]},` +
	`"labelKeys":{"items":["custom.vip"]},"extendedFields":{"items":{"custom.shoe-size":42.5}}},` +
	`"emailStatuses":{"ann@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}},` +
	`"phoneStatuses":{"+12015550123":{"subscriptionStatus":"UNSUBSCRIBED"}},"billingSubscription":true}}
{"contact":{"id":"00000000-0000-4000-8000-000000000005","revision":1,"source":{"sourceType":"OTHER"},` +
	`"createdDate":"2026-01-02T03:04:14.000Z","updatedDate":"2026-01-02T03:04:14.000Z",` +
	`"lastActivity":{"activityDate":"2026-01-02T03:04:14.000Z","activityType":"CONTACT_CREATED"},` +
	`"info":{"name":{"first":"Cyd"}}}}
{"redirect":{"id":"00000000-0000-4000-8000-000000000001"}}
{"redirect":{"id":"00000000-0000-4000-8000-000000000004","into":"00000000-0000-4000-8000-000000000001"}}
{"end":{"labels":1,"fields":1,"contacts":2,"redirects":2,` +
	`"sha256":"` + smallSum + `"}}
`

const smallSum = "542a298beb756f9b5824a8d9d69ef59a4f494a64db36089d2b3c684a4722e358"

func TestExportText(t *testing.T) {
	t.Run("EXP-1 every kind of line", func(t *testing.T) {
		require.Equal(t, smallExport, exportOf(t, smallStore(t).Snapshot()))
	})
	t.Run("EXP-1 the last line sums up the lines before it", func(t *testing.T) {
		before, _, ok := strings.Cut(smallExport, `{"end":`)
		require.True(t, ok)
		sum := sha256.Sum256([]byte(before))
		require.Equal(t, hex.EncodeToString(sum[:]), smallSum)
		require.Equal(t, smallExport, sealed(exportedLines(smallExport)...))
	})
	t.Run("EXP-1 an empty store", func(t *testing.T) {
		require.Equal(t, sealed(`{"contactsStore":{"version":1,"position":0,"changes":0}}`), exportOf(t, newStore(t).Snapshot()))
	})
	t.Run("EXP-1 the order of the lines", func(t *testing.T) {
		l := newLab(t)
		for _, name := range []string{"Zebra", "Ant", "Mole"} { // all at the same time
			newLabel(t, l.Store, name)
			newField(t, l.Store, name, contacts.DataText)
		}
		_, err := l.RenameLabel(t.Context(), "custom.zebra", "Bee")
		require.NoError(t, err)
		late := create(t, l.Store, person("Late"))
		importAll(t, l.Store, nil, dated(row(9100, person("Zoe")), epoch.AddDate(-1, 0, 0)),
			dated(row(9000, person("Old")), epoch.AddDate(-100, 0, 0)), dated(row(8000, person("Tie")), epoch))
		last := create(t, l.Store, person("Last"))
		absorb(t, l.Store, testID(8000), last.ID, testID(9100))
		absorb(t, l.Store, testID(9000), testID(8000))
		var got []string
		for _, line := range exportedLines(exportOf(t, l.Snapshot())) {
			tag := regexp.MustCompile(`^{"(\w+)":{.*?"(?:key|id|version)":"?([^",]*)`).FindStringSubmatch(line)
			got = append(got, tag[1]+" "+tag[2])
		}
		require.Equal(t, []string{
			"contactsStore 1", "label custom.zebra", "label custom.ant", "label custom.mole",
			"field custom.zebra", "field custom.ant", "field custom.mole",
			"contact " + testID(9000).String(), "contact " + late.ID.String(),
			"redirect " + last.ID.String(), "redirect " + testID(8000).String(), "redirect " + testID(9000).String(),
			"redirect " + testID(9100).String(),
		}, got)
	})
	t.Run("EXP-1 no derived values and no system definitions", func(t *testing.T) {
		text := exportOf(t, richStore(t).Snapshot())
		for _, name := range append([]string{
			"primaryInfo", "primaryEmail", "primaryPhone", "contacts.contacted-me\",\"displayName", "invoices.vatId\",\"displayName",
		}, mergeDerived...) {
			require.NotContains(t, text, `"`+name+`"`)
		}
	})
	t.Run("EXP-1 the feed is not exported", func(t *testing.T) {
		big, small := fixed(), fixed()
		small.FeedSize = 1
		texts := make([]string, 2)
		for i, opts := range []*contacts.Options{big, small} {
			s := openStore(t, opts)
			create(t, s, person("Ann"))
			require.NoError(t, s.Delete(t.Context(), create(t, s, person("Gone")).ID))
			texts[i] = exportOf(t, s.Snapshot())
		}
		require.Equal(t, texts[0], texts[1])
		require.NotContains(t, texts[0], "Gone")
	})
	t.Run("EXP-2 characters that some escape", func(t *testing.T) {
		const text = "a<b>&'\"\\/\u2028\u2029\u007f\u00e9\U0001f600\t\x01"
		const want = `"a\u003cb\u003e\u0026'\"\\/\u2028\u2029` + "\u007f\u00e9\U0001f600" + `\t\u0001"`
		s := newStore(t)
		newLabel(t, s, text)
		newField(t, s, text, contacts.DataText)
		create(t, s, person(text))
		lines := exportedLines(exportOf(t, s.Snapshot()))
		for _, line := range lines[1:] {
			require.Contains(t, line, `:`+want)
		}
		requireLoads(t, s)
	})
	t.Run("EXP-2 numbers", func(t *testing.T) {
		s := newStore(t)
		key := newField(t, s, "N", contacts.DataNumber)
		for _, tc := range []struct {
			given float64
			want  string
		}{
			{0, "0"}, {1, "1"}, {-1, "-1"}, {0.1, "0.1"}, {-2.5e-7, "-2.5e-7"}, {1e-6, "0.000001"}, {9.99e-7, "9.99e-7"},
			{1e20, "100000000000000000000"}, {1e21, "1e+21"}, {1 << 53, "9007199254740992"}, {1<<53 - 1, "9007199254740991"},
			{math.MaxFloat64, "1.7976931348623157e+308"}, {math.SmallestNonzeroFloat64, "5e-324"},
			{1.0 / 3, "0.3333333333333333"}, {123456789012345680, "123456789012345680"},
			{1 << 63, "9223372036854775808"}, {-1 << 63, "-9223372036854775808"}, {1<<60 + 1<<20, "1152921504607895552"},
		} {
			info := person("Ann")
			info.ExtendedFields = map[string]any{key: tc.given}
			create(t, s, info)
			lines := exportedLines(exportOf(t, s.Snapshot()))
			require.Contains(t, lines[len(lines)-1], `"custom.n":`+tc.want+`}`)
		}
		require.Equal(t, stateOf(s.Snapshot()), stateOf(requireLoads(t, s).Snapshot()))
	})
}

func TestExportCanonical(t *testing.T) {
	t.Run("EXP-2 maps", func(t *testing.T) {
		s := richStore(t)
		first := exportOf(t, s.Snapshot())
		for range 100 {
			require.Equal(t, first, exportOf(t, s.Snapshot()))
		}
		for _, member := range []string{"extendedFields\":{\"items", "emailStatuses", "phoneStatuses"} {
			for _, list := range regexp.MustCompile(`"`+member+`":({.*?}})`).FindAllStringSubmatch(first, -1) {
				keys := regexp.MustCompile(`"([^"]*[.@+][^"]*)":`).FindAllString(list[1], -1)
				require.True(t, slices.IsSorted(keys), "%v", keys)
			}
		}
	})
	t.Run("EXP-2 statuses that were set back", func(t *testing.T) {
		exports := map[string]bool{}
		for _, words := range [][]contacts.SubscriptionStatus{{subscribed, notSet}, {notSet, notSet}} {
			l := newLab(t)
			info := person("Ann", "ann@x.test", "home@x.test")
			info.Phones = []contacts.Phone{number("US", numberUS)}
			ann := create(t, l.Store, info)
			for _, word := range words {
				for _, address := range []string{"ann@x.test", "home@x.test", numberUS} {
					_, err := l.SetSubscription(t.Context(), ann.ID, address, word)
					require.NoError(t, err)
				}
			}
			text := exportOf(t, l.Snapshot())
			require.NotContains(t, text, "Statuses")
			exports[text] = true
		}
		require.Len(t, exports, 1)
	})
	t.Run("EXP-2 statuses whose address has gone", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test"))
		_, err := l.SetDeliverability(t.Context(), ann.ID, "ann@x.test", bounced)
		require.NoError(t, err)
		c, err := l.Get(t.Context(), ann.ID, nil)
		require.NoError(t, err)
		update(t, l.Store, c, contacts.Patch{Emails: contacts.Set[[]contacts.Email](nil)})
		require.NotContains(t, exportOf(t, l.Snapshot()), "Statuses")
	})
	t.Run("EXP-2 empty and missing lists, maps and parts", func(t *testing.T) {
		exports := map[string]bool{}
		for _, empty := range []bool{false, true} {
			l := newLab(t)
			info, member := person("Ann"), &contacts.Member{MemberID: testID(9001), Session: &contacts.MemberSession{}}
			if empty {
				info.Emails, info.Phones, info.Addresses = []contacts.Email{}, []contacts.Phone{}, []contacts.Address{}
				info.LabelKeys, info.ExtendedFields = []string{}, map[string]any{"invoices.vatId": ""}
				info.Picture, info.Locations, info.AssignedUserIDs = &contacts.Picture{}, []uuid.UUID{}, []uuid.UUID{}
				member.Session.MobileAppNames, member.GroupIDs = []string{}, []uuid.UUID{}
			}
			_, err := l.SetMember(t.Context(), create(t, l.Store, info).ID, member)
			require.NoError(t, err)
			exports[exportOf(t, l.Snapshot())] = true
			requireLoads(t, l.Store)
		}
		require.Len(t, exports, 1)
	})
	t.Run("EXP-2 forks and stores that got the same calls", func(t *testing.T) {
		base := newLab(t)
		ann, bob := create(t, base.Store, person("Ann")), create(t, base.Store, person("Bob"))
		base.tick()
		f, g := base.fork(), base.fork().fork()
		other := &lab{requireLoads(t, base.Store, func(o *contacts.Options) {
			o.Now = func() time.Time { return *base.now }
		}), base.now}
		exports := map[string]bool{}
		for i, l := range []*lab{f, g, other} {
			create(t, g.fork().Store, person(fmt.Sprint(i))) // in no other store
			absorb(t, l.Store, ann.ID, bob.ID)
			newLabel(t, l.Store, "VIP")
			exports[exportOf(t, l.Snapshot())] = true
		}
		require.Len(t, exports, 1)
		require.False(t, exports[exportOf(t, base.Snapshot())])
	})
	t.Run("EXP-2 more than one chunk, in order", func(t *testing.T) {
		s := openStore(t, unchecked())
		var rows []*contacts.Contact
		for i := range 2*1024 + 1 {
			rows = append(rows, dated(row(uint64(10_000+i), person("P"+strconv.Itoa(i))), epoch.Add(time.Duration(i/3)*time.Second)))
		}
		sizes := []int{0, 1, 2, 3, 1023, 1024, 1025, 2048, 2049}
		for i, n := range sizes[1:] {
			importAll(t, s, nil, rows[sizes[i]:n]...)
			var names []string
			for _, line := range exportedLines(exportOf(t, s.Snapshot()))[1:] {
				_, name, _ := strings.Cut(line, `"first":"`)
				name, _, _ = strings.Cut(name, `"`)
				names = append(names, name)
			}
			require.Len(t, names, n)
			for i, name := range names {
				require.Equal(t, "P"+strconv.Itoa(i), name)
			}
			require.Equal(t, n, requireLoads(t, s).Snapshot().Len())
		}
	})
}

func TestExportOfSnapshot(t *testing.T) {
	t.Run("EXP-2 STO-8 a snapshot exports its contents despite later writes", func(t *testing.T) {
		s := richStore(t)
		sn := s.Snapshot()
		want := exportOf(t, sn)
		create(t, s, person("New"))
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip-club-friends"))
		require.Equal(t, want, exportOf(t, sn))
		require.NotEqual(t, want, exportOf(t, s.Snapshot()))
		require.NoError(t, s.Close())
		require.Equal(t, want, exportOf(t, sn))
	})
	t.Run("EXP-2 STO-8 exports and writes at one time", func(t *testing.T) {
		l := newLab(t, uncheck)
		for i := range 50 {
			create(t, l.Store, richInfo(fmt.Sprint("p", i)))
		}
		var wg sync.WaitGroup
		stop := make(chan struct{})
		failed := make(chan error, 8)
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					sn := l.Snapshot()
					var first, second bytes.Buffer
					err := errors.Join(sn.Export(&first), sn.Export(&second))
					if err == nil && first.String() != second.String() {
						err = errors.New("one snapshot, two exports")
					}
					loaded, loadErr := contacts.Load(t.Context(), &first, nil)
					if err = errors.Join(err, loadErr); err == nil {
						err = loaded.Snapshot().Check()
					}
					if err != nil {
						failed <- err
						return
					}
				}
			})
		}
		for range 100 {
			c := create(t, l.Store, person("New", "new@x.test"))
			update(t, l.Store, c, contacts.Patch{SetFields: map[string]any{"invoices.vatId": "1"}})
			absorb(t, l.Store, ids(l.Snapshot().All())[0], c.ID)
		}
		close(stop)
		wg.Wait()
		require.Empty(t, failed)
	})
}

// failingWriter fails at the n-th write, counted from 0, and counts the later ones.
type failingWriter struct {
	n, after int
	err      error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	switch w.n--; {
	case w.n < -1:
		w.after++
		return 0, w.err
	case w.n < 0:
		return len(p) / 2, w.err
	default:
		return len(p), nil
	}
}

func TestExportErrors(t *testing.T) {
	s := openStore(t, unchecked())
	for i := range 400 {
		create(t, s, richInfo("p"+strconv.Itoa(i)))
	}
	newLabel(t, s, "VIP")
	counting := &failingWriter{n: math.MaxInt}
	require.NoError(t, s.Snapshot().Export(counting))
	writes := math.MaxInt - counting.n
	require.GreaterOrEqual(t, writes, 3) // there are more with more cores
	wrong := errors.New("no space left")
	for n := range writes {
		t.Run(fmt.Sprint("EXP-1 the error of the writer, at write ", n), func(t *testing.T) {
			w := &failingWriter{n: n, err: wrong}
			require.Equal(t, wrong, s.Snapshot().Export(w))
			require.Zero(t, w.after)
		})
	}
	t.Run("EXP-1 a writer that fails does not hurt the store", func(t *testing.T) {
		require.NoError(t, s.Snapshot().Check())
		requireLoads(t, s)
	})
}

func TestDigest(t *testing.T) {
	rows := func(n int) (list []*contacts.Contact) {
		for i := range n {
			list = append(list, &contacts.Contact{
				ID: testID(uint64(9000 + i)), CreatedDate: epoch, Info: person("Ann", fmt.Sprintf("ann%d@example.com", i)),
			})
			list[i].Info.Emails[0].ID = testID(uint64(9900 + i))
		}
		return list
	}
	fill := func(t *testing.T, list []*contacts.Contact, batch int) *contacts.Snapshot {
		t.Helper()
		s := newStore(t)
		report, err := s.Import(t.Context(), rowsOf(list...), &contacts.ImportOptions{BatchSize: batch})
		require.NoError(t, err)
		require.Equal(t, len(list), report.Imported)
		return s.Snapshot()
	}
	t.Run("CHK-3 independent of the number of commits", func(t *testing.T) {
		one, many := fill(t, rows(10), 10), fill(t, rows(10), 1)
		require.NotEqual(t, one.Position(), many.Position())
		require.Equal(t, one.Digest(), many.Digest())
	})
	t.Run("CHK-3 a fork, and its undoing", func(t *testing.T) {
		s := newStore(t)
		create(t, s, richInfo("ann"))
		before := s.Snapshot().Digest()
		f := s.Fork()
		require.Equal(t, before, f.Snapshot().Digest())
		bob := create(t, f, person("Bob"))
		require.NotEqual(t, before, f.Snapshot().Digest())
		require.NoError(t, f.Delete(t.Context(), bob.ID))
		require.Equal(t, before, f.Snapshot().Digest())
		require.Equal(t, before, s.Snapshot().Digest())
	})
	t.Run("CHK-3 the order counts", func(t *testing.T) {
		list := rows(2)
		require.NotEqual(t, fill(t, rows(2), 1).Digest(), fill(t, []*contacts.Contact{list[1], list[0]}, 1).Digest())
	})
	for name, call := range calls {
		t.Run("CHK-3 "+name+" makes a difference, or writes nothing", func(t *testing.T) {
			s, c := callable(t)
			before := s.Snapshot()
			require.NoError(t, call(t.Context(), s, c))
			if s.Snapshot().Position() == before.Position() {
				require.Equal(t, before.Digest(), s.Snapshot().Digest())
			} else {
				require.NotEqual(t, before.Digest(), s.Snapshot().Digest())
			}
			require.NoError(t, s.Snapshot().Check())
		})
	}
}
