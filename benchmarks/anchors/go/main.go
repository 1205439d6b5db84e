// The smallest function behind a Function URL: net/http served by lambdaurl.
package main

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"
)

func main() {
	lambdaurl.Start(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		response.Header().Set("Content-Type", "text/plain; charset=utf-8")
		response.Write([]byte("Hello, World!"))
	}))
}
