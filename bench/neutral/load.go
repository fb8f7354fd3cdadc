package main

import (
	"math"
	"sort"
	"sync"
	"syscall"
	"time"
)

// shape is what bench/driver/load.mjs takes: without a rate every stream keeps a window of requests in flight; with one,
// the first `Flooding` streams do, and the others share the rate.
type shape struct {
	Rate     float64
	Flooding int
	Window   int
	WarmupMs int
	Ms       int
	Request  []byte
}

// Of answers in a closed loop, one in so many is timed.
const sampled = 8

type phase int

const (
	warming phase = iota
	counting
	over
)

// load is one measurement. All its fields are guarded by its lock: streams run in goroutines of their own.
type load struct {
	sync.Mutex
	shape
	request   template
	lanes     map[*stream]*lane
	closed    []*lane
	open      []*lane
	phase     phase
	serial    *int
	latencies []time.Duration
	wrong     int
	refused   int
}

// lane holds the requests in flight on one stream.
type lane struct {
	stream   *stream
	isClosed bool
	count    int
	due      []time.Time
	serials  []int
	free     []int
}

func newLoad(given shape, streams []*stream, serial *int) *load {
	l := &load{shape: given, request: newTemplate(given.Request), lanes: map[*stream]*lane{}, serial: serial}
	for i, s := range streams {
		one := &lane{stream: s, isClosed: given.Rate == 0 || i < given.Flooding}
		l.lanes[s] = one
		if one.isClosed {
			l.closed = append(l.closed, one)
		} else {
			l.open = append(l.open, one)
		}
	}
	return l
}

// ask queues a request on the lane's stream; false when every slot is in use.
func (l *load) ask(on *lane, due time.Time) bool {
	slot := len(on.serials)
	if free := len(on.free); free > 0 {
		slot, on.free = on.free[free-1], on.free[:free-1]
	} else if slot == maxSlots {
		return false
	} else {
		on.serials, on.due = append(on.serials, 0), append(on.due, due)
	}
	*l.serial++
	on.serials[slot], on.due[slot] = *l.serial, due
	on.stream.queue(func(out []byte) []byte { return l.request.appendTo(out, slot, *l.serial) })
	return true
}

// answered takes an answer; exactly one, and to a request that is in flight, else it is wrong.
func (l *load) answered(from *stream, message []byte) {
	now := time.Now()
	l.Lock()
	defer l.Unlock()
	on, slot, serial, found := l.lanes[from], 0, 0, false
	if on != nil {
		slot, serial, found = idOf(message)
	}
	if !found || slot >= len(on.serials) || on.serials[slot] != serial {
		l.wrong++
		return
	}
	due := on.due[slot]
	on.serials[slot] = -1
	on.free = append(on.free, slot)
	if l.phase == counting {
		on.count++
		isTimed := !on.isClosed
		if l.Rate == 0 {
			isTimed = on.count%sampled == 0
		}
		if isTimed {
			l.latencies = append(l.latencies, now.Sub(due))
		}
	}
	if on.isClosed && l.phase != over {
		l.ask(on, now)
	}
}

// run measures; begun is called when the warm-up is over.
func (l *load) run(begun func()) result {
	l.Lock()
	for _, on := range l.closed {
		for i := 0; i < l.Window; i++ {
			l.ask(on, time.Now())
		}
	}
	l.Unlock()
	for _, on := range l.closed {
		on.stream.wake()
	}
	if l.Rate > 0 {
		go l.pace()
	}
	time.Sleep(time.Duration(l.WarmupMs) * time.Millisecond)
	begun()
	l.Lock()
	for _, on := range l.lanes {
		on.count = 0
	}
	l.phase = counting
	start := time.Now()
	l.Unlock()
	time.Sleep(time.Duration(l.Ms) * time.Millisecond)
	l.Lock()
	l.phase = over
	found := l.result(time.Since(start).Seconds())
	l.Unlock()
	l.settle()
	return found
}

// settle waits for the answers that are still to come, which the next measurement would take for wrong ones.
func (l *load) settle() {
	for tries := 0; tries < 1_000; tries++ {
		l.Lock()
		asked := 0
		for _, on := range l.lanes {
			asked += len(on.serials) - len(on.free)
		}
		l.Unlock()
		if asked == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// pace asks at the rate, with exponential gaps that are the same in every run, as bench/driver/load.mjs has them.
func (l *load) pace() {
	gap := arrivals(l.Rate)
	due := time.Now().Add(gap())
	// A timer of Go's may be a millisecond late where a sleeping thread is not.
	nap := syscall.Timespec{Nsec: 50_000}
	for turn := 0; ; {
		l.Lock()
		if l.phase == over {
			l.Unlock()
			return
		}
		now := time.Now()
		woken := map[*stream]bool{}
		for ; !due.After(now); due = due.Add(gap()) {
			turn++
			on := l.open[turn%len(l.open)]
			if l.ask(on, due) {
				woken[on.stream] = true
			} else {
				l.refused++
			}
		}
		l.Unlock()
		for one := range woken {
			one.wake()
		}
		_ = syscall.Nanosleep(&nap, nil)
	}
}

func arrivals(perSecond float64) func() time.Duration {
	state := uint32(0x9e3779b9)
	random := func() float64 {
		state += 0x6d2b79f5
		t := (state ^ state>>15) * (1 | state)
		t = (t + (t^t>>7)*(61|t)) ^ t
		return float64(t^t>>14) / (1 << 32)
	}
	return func() time.Duration {
		return time.Duration(-math.Log(1-random()) / perSecond * float64(time.Second))
	}
}

// result has the names that bench/driver/load.mjs has.
type result struct {
	PerSecond     float64 `json:"perSecond"`
	OpenPerSecond float64 `json:"openPerSecond"`
	Answers       int     `json:"answers"`
	Wrong         int     `json:"wrong"`
	Refused       int     `json:"refused"`
	P50           float64 `json:"p50"`
	P99           float64 `json:"p99"`
	Jain          float64 `json:"jain"`
}

func (l *load) result(seconds float64) result {
	sort.Slice(l.latencies, func(i, j int) bool { return l.latencies[i] < l.latencies[j] })
	closed, open := total(l.closed), total(l.open)
	return result{
		PerSecond:     float64(closed) / seconds,
		OpenPerSecond: float64(open) / seconds,
		Answers:       closed + open,
		Wrong:         l.wrong,
		Refused:       l.refused,
		P50:           percentile(l.latencies, 0.5),
		P99:           percentile(l.latencies, 0.99),
		Jain:          jain(l.closed),
	}
}

func total(lanes []*lane) (sum int) {
	for _, one := range lanes {
		sum += one.count
	}
	return sum
}

// percentile is in milliseconds, of times in order.
func percentile(sorted []time.Duration, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := min(len(sorted)-1, int(part*float64(len(sorted))))
	return float64(sorted[at]) / float64(time.Millisecond)
}

// jain is 1 where all lanes have got the same.
func jain(lanes []*lane) float64 {
	sum, squares := 0.0, 0.0
	for _, one := range lanes {
		count := float64(one.count)
		sum, squares = sum+count, squares+count*count
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(lanes)) * squares)
}
