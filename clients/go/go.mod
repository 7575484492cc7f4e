module user-api/clients/go

go 1.25.0
