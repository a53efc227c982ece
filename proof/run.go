package proof

import (
	"cmp"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

func stack() string { return string(debug.Stack()) }

// Failure is a sequence of operations after which a store differs from its model.
type Failure struct {
	Setup Setup
	Ops   []*Op
	Err   error
}

// Config says what [Run] does. The zero Config has the defaults.
type Config struct {
	Ops       int  // how many operations, default 400; fewer if the choices are used up
	SelfCheck bool // Options.SelfCheck of the implementation

	// Options are those of the implementation, without functions. By default the choices decide: on regions, small
	// quotas, a small feed, and rarely on options that must be refused. Of the options Region, NewestFirst,
	// DefaultSource, LabelQuota, FieldQuota, FeedSize, ContactSizeMax and CursorKey can be set.
	Options *contacts.Options

	// Without are operations that are not made, although the implementation has them, such as "Import". [Lacks] lists
	// those that it lacks.
	Without []string

	// Every is the number of operations after which everything is compared, default 32. Between, it is only what an
	// operation should have changed.
	Every int
}

// Run runs random operations on an implementation and on a model, and compares the results and the states. A nil open
// is contacts.New; a nil config is the zero one. It returns the failure of the last operation, nil if there is none,
// and how often each outcome came up. Runs of a seed are the same if the implementation always does the same.
func Run(open Open, c Choices, config *Config) (*Failure, map[Seen]int) {
	if config == nil {
		config = &Config{}
	}
	f, _, _, seen := run(NoLog, open, c, *config)
	return f, seen
}

// RunOnLogs is Run for a store with a log in memory, to which rivals write as well. Then it runs the same operations on
// a store with each other log and on one without, which must end with the same contents.
func RunOnLogs(c Choices, ops int, selfCheck bool) (*Failure, map[Seen]int) {
	f, made, s, seen := run(MemoryLog, nil, c, Config{Ops: ops, SelfCheck: selfCheck})
	if f != nil || made == nil {
		return f, seen
	}
	s.Options.SelfCheck = false // it has been done
	var first [32]byte
	for i, kind := range logKinds {
		s.Log = kind
		if kind == MemoryLog || kind == FlakyLog && first[0]%4 != 0 { // which often waits
			continue
		}
		digest, err := replay(s, made)
		if i == 0 {
			first = digest
		}
		if err == nil && digest != first {
			err = disagree("another digest than without a log")
		}
		if err != nil {
			return failure(s, made, err), seen
		}
	}
	return nil, seen
}

func run(kind LogKind, open Open, c Choices, config Config) (*Failure, []*Op, Setup, map[Seen]int) {
	s := setup(c)
	if config.Options != nil {
		s.Options = *config.Options
	}
	s.Open, s.Without, s.Every = open, config.Without, cmp.Or(config.Every, s.Every)
	s.Options.SelfCheck, s.Log, s.Light = config.SelfCheck, kind, kind != NoLog
	mc, err := newMachine(s)
	defer mc.stop()
	if err != nil || mc == nil {
		return failure(s, nil, err), nil, s, nil
	}
	g := newGen(c, mc)
	var made []*Op
	for range cmp.Or(config.Ops, 400) {
		if b, ok := c.(*bytesOf); ok && len(b.left) == 0 {
			break
		}
		op := g.op()
		made = append(made, op)
		if err := mc.step(op); err != nil {
			return failure(s, made, err), made, s, mc.seen
		}
	}
	if err := mc.end(); err != nil {
		return failure(s, made, err), made, s, mc.seen
	}
	return nil, made, s, mc.seen
}

func failure(s Setup, ops []*Op, err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{Setup: s, Ops: ops, Err: err}
}

// end compares everything once more.
func (mc *machine) end() error {
	for _, p := range mc.pairs {
		if err := mc.compare(p, true); err != nil {
			return fmt.Errorf("at the end: %w", err)
		}
	}
	if err := mc.endOfLog(); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	return nil
}

// replay runs recorded operations, and returns the digest of store 0 at the end.
func replay(s Setup, ops []*Op) (digest [32]byte, err error) {
	mc, err := newMachine(s)
	defer mc.stop()
	if err != nil || mc == nil {
		return digest, err
	}
	for _, op := range ops {
		if err := mc.step(op); err != nil {
			return digest, err
		}
	}
	err = mc.end()
	if sn := mc.pairs[0].store.snapshot(); sn != nil {
		digest = sn.Digest()
	}
	return digest, err
}

// Record returns operations as [Run] makes them, with the setup for which they are: as data, to be replayed on any
// implementation. They are made with the help of a contacts.Store, of which config.Without leaves out the operations
// that the implementation lacks. The error says that this store itself differs from the model.
func Record(c Choices, config *Config) (Setup, []*Op, error) {
	if config == nil {
		config = &Config{}
	}
	f, made, s, _ := run(NoLog, nil, c, *config)
	if f != nil {
		return s, made, f.Err
	}
	return s, made, nil
}

// Replay runs recorded operations. It returns the first difference from the model, nil if there is none. It shares no
// state with other runs.
func (s Setup) Replay(ops []*Op) error {
	_, err := replay(s, ops)
	return err
}

// Shrink makes a failure as small as possible in the given time. It compares everything after each operation, drops
// operations, first many at once and then one by one, and simplifies the arguments of the others. A library for
// property tests would shrink the choices instead. That is too slow here: a dropped choice changes the meaning of all
// that follow, and a thousand operations consist of some twenty choices each.
func (f *Failure) Shrink(limit time.Duration) {
	deadline := time.Now().Add(limit)
	fails := func(s Setup, ops []*Op) bool {
		if time.Now().After(deadline) {
			return false
		}
		_, err := replay(s, ops)
		if err != nil {
			f.Setup, f.Ops, f.Err = s, ops, err
		}
		return err != nil
	}
	eager := f.Setup
	eager.Every = 1
	fails(eager, f.Ops)
	f.leaveOut(fails)
	for again := true; again && time.Now().Before(deadline); {
		again = false
		for i := 0; i < len(f.Ops); i++ {
			for f.simplify(i, fails) {
				again = true
			}
		}
		if again {
			f.leaveOut(fails)
		}
	}
}

func (f *Failure) leaveOut(fails func(Setup, []*Op) bool) {
	for n := len(f.Ops) / 2; n > 0; {
		shorter := false
		for end := len(f.Ops); end > 0; end -= n {
			from := max(0, end-n)
			if end > len(f.Ops) {
				continue
			}
			ops := append(append([]*Op(nil), f.Ops[:from]...), f.Ops[end:]...)
			if fails(f.Setup, ops) {
				shorter = true
			}
		}
		if !shorter || n > 1 {
			n /= 2
		}
	}
}

// simplify makes one operation simpler. It reports whether it could.
func (f *Failure) simplify(i int, fails func(Setup, []*Op) bool) bool {
	op := f.Ops[i]
	try := func(simpler Op) bool {
		ops := append([]*Op(nil), f.Ops...)
		ops[i] = &simpler
		return fails(f.Setup, ops)
	}
	if i > 0 && !op.Now.Equal(f.Ops[i-1].Now) {
		o := *op
		if o.Now = f.Ops[i-1].Now; try(o) {
			return true
		}
	}
	if op.On != 0 {
		o := *op
		if o.On = 0; try(o) {
			return true
		}
	}
	if op.IDs != nil {
		o := *op
		if o.IDs = nil; try(o) {
			return true
		}
	}
	for j, arg := range op.Args {
		if !smaller(reflect.ValueOf(arg), func(v reflect.Value) bool {
			o := *op
			o.Args = append([]any(nil), op.Args...)
			o.Args[j] = v.Interface()
			return !try(o)
		}) {
			return true
		}
	}
	return false
}

// String prints the failure as the body of a test.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n\nfunc TestFound(t *testing.T) {\n", f.Err)
	b.WriteString(preamble)
	opts := literal(reflect.ValueOf(&f.Setup.Options))
	opts = strings.Replace(opts, "contacts.Options{", "contacts.Options{Now: clock, NewID: newID, ", 1)
	fmt.Fprintf(&b, "\topts := %s\n", opts)
	printed := f.Setup.Log.printOpen(false)
	if f.Setup.Open != nil {
		printed = "s0, err := open(*opts) // the implementation"
	}
	b.WriteString("\t" + printed + "\n\trequire.NoError(t, err)\n")
	mc, err := newMachine(f.Setup)
	defer mc.stop()
	if err == nil && mc != nil {
		for i, op := range f.Ops {
			p := mc.pair(op.On)
			if p == nil {
				continue
			}
			b.WriteString(op.print(p.model) + "\n")
			if i == len(f.Ops)-1 {
				break
			}
			if err := mc.step(op); err != nil {
				break
			}
		}
	}
	fmt.Fprintf(&b, "\t// %s\n}\n", strings.ReplaceAll(f.Err.Error(), "\n", "\n\t// "))
	return b.String()
}

const preamble = `	ctx := t.Context()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	plans := make(map[int]contacts.Fingerprint)
	var now time.Time
	var op, drawn uint32
	var given []uuid.UUID
	id := func(op, k uint32) uuid.UUID {
		id := uuid.UUID{6: 0x40, 8: 0x80}
		binary.BigEndian.PutUint32(id[:], op)
		binary.BigEndian.PutUint32(id[12:], k)
		return id
	}
	clock := func() time.Time { return now }
	newID := func() uuid.UUID {
		if len(given) > 0 {
			first := given[0]
			given = given[1:]
			return first
		}
		drawn++
		return id(op, drawn-1)
	}
	at := func(n uint32, t string, ids ...uuid.UUID) {
		op, drawn, given = n, 0, ids
		now, _ = time.Parse(time.RFC3339Nano, t)
	}
	filter := func(text string) contacts.Filter {
		f, err := contacts.ParseFilter([]byte(text))
		require.NoError(t, err)
		return f
	}
	_, _, _, _ = cancelled, plans, at, filter
`
