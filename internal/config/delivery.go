package config

// Delivery is about messages on their way.
type Delivery struct {
	// Retention is for how many days the timelines of messages are kept, 0 to
	// 3650; 0 is for good.
	Retention int `json:",default=30"`
}

func (d Delivery) check(k *checker) {
	k.between("Delivery.Retention", int64(d.Retention), 0, maxRetention, "days")
}
