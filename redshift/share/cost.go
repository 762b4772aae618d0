package share

import "github.com/awspatterns/awspatterns"

// wakeSeconds is the shortest time that a workgroup is charged for ("Billing for Amazon
// Redshift Serverless").
const wakeSeconds = 60

// WakeCost is what one statement costs at least in a serverless workgroup that is asleep:
// it wakes, and each time that it is awake is charged as 60 seconds or more of its base
// capacity ("Billing for Amazon Redshift Serverless", Management Guide). Statements that
// read only system tables are charged, too. A workgroup that is awake is charged for the
// time by which a statement prolongs that, a provisioned cluster nothing more.
//
// The price is that of an RPU-hour, in the caller's currency; 0 if it is not known.
func WakeCost(baseRPU int, pricePerRPUHour float64) awspatterns.Cost {
	return awspatterns.Cost{
		Item:     "Redshift Serverless, waking for at least 60 seconds",
		Quantity: float64(wakeSeconds*baseRPU) / 3600,
		Unit:     "RPU-hour",
		Price:    pricePerRPUHour,
	}
}
