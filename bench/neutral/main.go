// A load driver that is not written in Node: a gateway on Go's own HTTP/2. It takes orders as lines of JSON and answers
// in the same way, as bench/driver.mjs does with messages between processes; bench/neutral/driver.mjs translates.
package main

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"sync"
)

// frames are prepared by whoever starts this: it knows the protocol, this does not.
var frames struct {
	Register  []byte
	Heartbeat []byte
}

type order struct {
	Frames json.RawMessage `json:"frames"`
	Until  *int            `json:"until"`
	Load   *shape          `json:"load"`
	Storm  string          `json:"storm"`
}

var saying sync.Mutex

func say(name string, what any) {
	line, err := json.Marshal(map[string]any{name: what})
	if err != nil {
		panic(err)
	}
	saying.Lock()
	defer saying.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func obey(b *board, given order) {
	if given.Until != nil {
		say("registered", b.until(*given.Until))
	}
	if given.Load != nil {
		say("result", b.measure(*given.Load, func() { say("counting", true) }))
	}
	if given.Storm != "" {
		say("storm", b.storm(given.Storm))
	}
}

func serve(b *board) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:   http.HandlerFunc(b.serve),
		Protocols: protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          1_000,
			MaxReceiveBufferPerConnection: 64 << 20,
			MaxReceiveBufferPerStream:     4 << 20,
		},
		ConnState: func(conn net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				b.connected(conn)
			case http.StateClosed, http.StateHijacked:
				b.disconnected(conn)
			}
		},
	}
	go func() { panic(server.Serve(listener)) }()
	return listener.Addr().(*net.TCPAddr).Port
}

func main() {
	b := newBoard()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var given order
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			panic(err)
		}
		if given.Frames != nil {
			if err := json.Unmarshal(given.Frames, &frames); err != nil {
				panic(err)
			}
			say("ports", map[string]int{"grpc": serve(b)})
			continue
		}
		go obey(b, given)
	}
}
