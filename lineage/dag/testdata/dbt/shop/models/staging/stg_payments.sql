select
    "paymentId" as payment_id,
    "orderId" as order_id,
    {{ cents_to_units('"amountCents"') }} as amount
from {{ source('Ledger', 'payments') }}
