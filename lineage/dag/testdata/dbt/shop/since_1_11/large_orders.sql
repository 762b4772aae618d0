select order_id
from {{ ref('orders') }}
where {{ function('is_large') }}(amount)
