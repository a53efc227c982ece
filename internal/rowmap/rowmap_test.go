package rowmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashicorp/go-memdb"
	"github.com/stretchr/testify/require"
)

type row struct{ version int }

const testTable = "rows"

// model is a database and the rows that it should have.
type model[K comparable] struct {
	db   *memdb.MemDB
	rows map[K]*row
}

func (m model[K]) clone() model[K] { return model[K]{m.db.Snapshot(), maps.Clone(m.rows)} }

// kind is a kind of table.
type kind[K comparable] struct {
	newKey func() K
	write  func(*memdb.Txn, []K, []*row) error
	get    func(*memdb.Txn, K) *row
	all    func(*memdb.Txn) map[K]*row
	check  func(*memdb.Txn, func(string))
}

// run writes random changes in transactions, drops some of them, and compares the tables with maps, also in
// earlier states and in forks.
func (k kind[K]) run(t *testing.T, rnd *rand.Rand, changesMax int) {
	t.Helper()
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{testTable: Table(testTable)}})
	require.NoError(t, err)
	now := model[K]{db, map[K]*row{}}
	states := []model[K]{now.clone()}
	for i := range 15 {
		next := now.clone()
		txn := next.db.Txn(true)
		var keys []K
		var rows []*row
		growth := rnd.IntN(4)
		for range rnd.IntN(changesMax) {
			key, r := k.newKey(), (*row)(nil)
			if rnd.IntN(2) == 0 {
				for known := range next.rows {
					key = known
					break
				}
			}
			if rnd.IntN(4) < growth {
				r = &row{i}
				next.rows[key] = r
			} else {
				delete(next.rows, key)
			}
			keys, rows = append(keys, key), append(rows, r)
		}
		require.NoError(t, k.write(txn, keys, rows))
		if rnd.IntN(4) == 0 {
			txn.Abort()
		} else {
			txn.Commit()
			now = next
			states = append(states, now.clone())
		}
		if rnd.IntN(6) == 0 {
			now = states[rnd.IntN(len(states))].clone()
		}
	}
	for _, state := range states {
		txn := state.db.Txn(false)
		require.Equal(t, state.rows, k.all(txn))
		for key, r := range state.rows {
			require.Same(t, r, k.get(txn, key))
		}
		for range 20 {
			key := k.newKey()
			require.Equal(t, state.rows[key], k.get(txn, key))
		}
		k.check(txn, func(text string) { require.Fail(t, text) })
	}
}

// apply writes changes, and fails unless the rows that it returns are those of the table.
func apply(txn *memdb.Txn, size int, changes Changes[row]) error {
	rows, err := Read[row](txn, testTable).Apply(txn, testTable, size, &changes)
	if err == nil && !rows.Same(Read[row](txn, testTable)) {
		err = errors.New("the rows are not those of the table")
	}
	return err
}

func TestIDsModel(t *testing.T) {
	for _, size := range []int{1, 2, 5, 16, 40, 128} {
		for seed := range uint64(30) {
			t.Run(fmt.Sprintf("size %d, seed %d", size, seed), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, uint64(size)))
				kind[ID]{
					newKey: idMaker(rnd),
					write: func(txn *memdb.Txn, keys []ID, rows []*row) error {
						var changes []IDChange[row]
						for i := range keys {
							changes = append(changes, IDChange[row]{keys[i], rows[i]})
						}
						return apply(txn, size, Changes[row]{IDs: changes})
					},
					get: func(txn *memdb.Txn, id ID) *row { return Read[row](txn, testTable).ByID(id) },
					all: func(txn *memdb.Txn) map[ID]*row { return maps.Collect(Read[row](txn, testTable).AllByID()) },
					check: func(txn *memdb.Txn, fault func(string)) {
						Read[row](txn, testTable).CheckIDs(size, fault)
					},
				}.run(t, rnd, 10*size)
			})
		}
	}
}

// idMaker returns a function that makes IDs: random ones, ones that ascend, or ones that are very alike.
func idMaker(rnd *rand.Rand) func() ID {
	kind, last := rnd.IntN(4), uint64(0)
	return func() (id ID) {
		switch kind {
		case 0:
			binary.BigEndian.PutUint64(id[:], rnd.Uint64())
		case 1:
			last += uint64(rnd.IntN(3))
			binary.BigEndian.PutUint64(id[:], last)
			id[15] = byte(rnd.IntN(2))
		case 2:
			id[rnd.IntN(16)] = byte(rnd.IntN(3)) << (4 * rnd.IntN(2))
		default:
			id[3], id[8], id[15] = byte(rnd.IntN(4)), byte(rnd.IntN(8)), byte(rnd.IntN(256))
		}
		return id
	}
}

func TestNumbersModel(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			span, last := []uint64{10, 300, 5000, math.MaxUint64}[rnd.IntN(4)], uint64(0)
			kind[uint64]{
				newKey: func() uint64 {
					if rnd.IntN(2) == 0 {
						last++
						return last
					}
					return rnd.Uint64N(span)
				},
				write: func(txn *memdb.Txn, keys []uint64, rows []*row) error {
					var changes []NumberChange[row]
					for i := range keys {
						changes = append(changes, NumberChange[row]{keys[i], rows[i]})
					}
					return apply(txn, 1, Changes[row]{Numbers: changes})
				},
				get: func(txn *memdb.Txn, number uint64) *row {
					return (&Numbers[row]{Rows: Read[row](txn, testTable)}).Get(number)
				},
				all: func(txn *memdb.Txn) map[uint64]*row { return maps.Collect(Read[row](txn, testTable).AllByNumber()) },
				check: func(txn *memdb.Txn, fault func(string)) {
					Read[row](txn, testTable).CheckNumbers(fault)
				},
			}.run(t, rnd, 200)
		})
	}
}
