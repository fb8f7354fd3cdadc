package main

import (
	"net/http"
	"sync"
)

// As much as Go hands out at once.
const readBytes = 64 * 1024

// stream answers registers and heartbeats and hands answers to the load. What a chunk brings about goes out as one write.
type stream struct {
	sync.Mutex
	board *board
	out   []byte
	due   chan struct{}
	ended bool
}

func (b *board) serve(writer http.ResponseWriter, request *http.Request) {
	control := http.NewResponseController(writer)
	_ = control.EnableFullDuplex()
	header := writer.Header()
	header.Set("Content-Type", "application/grpc")
	writer.WriteHeader(http.StatusOK)
	_ = control.Flush()
	s := &stream{board: b, due: make(chan struct{}, 1)}
	defer b.left(s)
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.read(request)
	}()
	status := s.write(writer, control, read)
	header.Set(http.TrailerPrefix+"Grpc-Status", status)
}

// read takes messages until the peer ends.
func (s *stream) read(request *http.Request) {
	buffer := make([]byte, readBytes)
	var messages splitter
	for {
		n, err := request.Body.Read(buffer)
		messages.take(buffer[:n], s.take)
		s.wake()
		if err != nil {
			return
		}
	}
}

func (s *stream) take(message []byte) {
	switch message[0] {
	case answerTag:
		if load := s.board.current(); load != nil {
			load.answered(s, message)
		}
	case heartbeatTag:
		s.queue(func(out []byte) []byte { return append(out, frames.Heartbeat...) })
	case registerTag:
		s.queue(func(out []byte) []byte { return append(out, frames.Register...) })
		s.board.arrived(s)
	}
}

// write sends what is queued, until the peer or a storm ends the stream; it tells with which status.
func (s *stream) write(writer http.ResponseWriter, control *http.ResponseController, read chan struct{}) string {
	var spare []byte
	for {
		select {
		case <-read:
			return "0"
		case <-s.due:
		}
		s.Lock()
		out, ended := s.out, s.ended
		s.out = spare[:0]
		s.Unlock()
		if len(out) > 0 {
			if _, err := writer.Write(out); err != nil || control.Flush() != nil {
				return "0"
			}
		}
		spare = out
		if ended {
			const unavailable = "14"
			return unavailable
		}
	}
}

// queue adds to what is sent next; wake sends it.
func (s *stream) queue(add func(out []byte) []byte) {
	s.Lock()
	s.out = add(s.out)
	s.Unlock()
}

func (s *stream) wake() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

func (s *stream) end() {
	s.Lock()
	s.ended = true
	s.Unlock()
	s.wake()
}
