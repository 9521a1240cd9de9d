package plainjson_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"kyso/signature/verify"
	"kyso/wasm/internal/plainjson"
)

// oddStrings are where writers of JSON differ.
var oddStrings = []string{"", "Nguyễn Văn A", `"\/`, "<script>&amp;", "\x00\x01\b\f\n\r\t\x1f\x7f", "\xff\xfe", "a\xe1\xbb", "\u2028\u2029\ufffd",
	"😀", "\xed\xa0\x80"}

// fill puts something into every field of v, however deep.
func fill(v reflect.Value, r *rand.Rand, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		zone := []*time.Location{time.UTC, time.FixedZone("", 7*3600), time.FixedZone("", -5400)}[r.IntN(3)]
		v.Set(reflect.ValueOf(time.Unix(r.Int64N(4e9), r.Int64N(2)*r.Int64N(1e9)).In(zone)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(oddStrings[r.IntN(len(oddStrings))] + oddStrings[r.IntN(len(oddStrings))])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, r.Int64()}[r.IntN(6)])
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), r, depth+1)
		}
	case reflect.Slice:
		if n := r.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(v.Index(i), r, depth+1)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), r, depth+1)
			}
		}
	default:
		panic(fmt.Sprintf("nothing to fill a %s with", v.Type()))
	}
}

// TestReport: whatever a report holds is written as encoding/json writes it.
func TestReport(t *testing.T) {
	type bytes struct {
		DER   []byte `json:"der"`
		Plain int
		None  []byte   `json:"none,omitempty"`
		Dash  string   `json:"-,"`
		Gone  string   `json:"-"`
		Inner struct{} `json:",omitempty"`
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		for _, v := range []any{new(verify.Report), new(bytes)} {
			if i > 0 { // the zero value is written too
				fill(reflect.ValueOf(v).Elem(), r, 0)
			}
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got, err := plainjson.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Fatalf("wrote\n%s\nencoding/json\n%s", got, want)
			}
		}
	}
}

// TestRefuses: what is not known is an error, not something else's JSON.
func TestRefuses(t *testing.T) {
	type loop struct{ Next *loop }
	round := &loop{}
	round.Next = round
	type Embedded struct{ A int }
	for name, v := range map[string]any{
		"float": 1.5, "map": map[string]int{}, "unsigned": uint(1), "interface": []any{1}, "loop": round,
		"embedded pointer": struct{ *Embedded }{}, "option": struct {
			A int `json:"a,string"`
		}{}, "year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := plainjson.Marshal(v); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}
